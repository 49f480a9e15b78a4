/** Writes what `measure` found as a table, as in docs/verdict.md. */
import type { Measured } from './measure.ts';

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;

/** @param shops name → what was measured on the shop */
export function tableOf(shops: ReadonlyMap<string, Measured>): string {
  const measured = [...shops.values()];
  const row = (name: string, cells: readonly string[]) => `| ${[name, ...cells].join(' | ')} |`;
  const faults = Object.keys(measured[0]!.faults);
  return [
    row('', [...shops.keys()]),
    row(
      '---',
      measured.map(() => '---'),
    ),
    row(
      'good days compared',
      measured.map(({ days }) => String(days)),
    ),
    row(
      'good days warned',
      measured.map(({ days, warned }) => `${warned} (${((100 * warned) / days).toFixed(1)} %)`),
    ),
    ...faults.map((name) =>
      row(
        name,
        measured.map(({ faults: of }) => `${percent(of[name]!.found, of[name]!.planted)} (${of[name]!.by})`),
      ),
    ),
  ].join('\n');
}
