/** The results of a section of the benchmark, and their text. */
import type { Measured, Outcome } from './measure.ts';

/** A ratio and its target. */
export interface Row {
  readonly what: string;
  /** Undefined when one side could not be run; `note` says why. */
  readonly ratio: number | undefined;
  /** The limit that the ratio should keep; left out when there is none. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
  /** The figures from which the ratio was computed. */
  readonly note: string;
  readonly decimals?: number;
}

/** The figures of a contender. */
export interface Contender {
  readonly name: string;
  readonly outcome: Outcome;
  readonly note?: string;
}

export interface Section {
  readonly title: string;
  /** The text that says what is compared and how. */
  readonly text: string;
  readonly rows: readonly Row[];
  readonly contenders: readonly Contender[];
  /** Tables of another form, after the others. */
  readonly tables?: readonly Table[];
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const isMeasured = (outcome: Outcome): outcome is Measured => !('failed' in outcome);

/** Returns the ratio of the CPU seconds, or the reason why it was not measured. */
export function cpuRatio(numerator: Outcome, denominator: Outcome): Pick<Row, 'ratio' | 'note'> {
  for (const outcome of [numerator, denominator]) {
    if (!isMeasured(outcome)) return { ratio: undefined, note: `not measured: ${outcome.failed}` };
  }
  const [above, below] = [(numerator as Measured).cpuSeconds, (denominator as Measured).cpuSeconds];
  return { ratio: above / below, note: `${above.toFixed(2)} s / ${below.toFixed(2)} s` };
}

/** @param isJudged false at a size for which there are no targets: they are left out, and nothing is called met or missed */
export function sectionText({ title, text, rows, contenders, tables = [] }: Section, isJudged = true): string {
  const ratios = rows.map(({ what, ratio, target, note, decimals }) => [
    what,
    ratio === undefined ? '–' : ratio.toFixed(decimals ?? 2),
    ...(isJudged ? [targetText(target), verdict(ratio, target)] : []),
    note,
  ]);
  const figures = contenders.map(({ name, outcome, note }) =>
    isMeasured(outcome)
      ? [
          name,
          outcome.cpuSeconds.toFixed(2),
          `${outcome.lowestCpuSeconds.toFixed(2)}–${outcome.highestCpuSeconds.toFixed(2)}`,
          outcome.seconds.toFixed(2),
          outcome.peakMemoryMb.toFixed(0),
          note ?? '',
        ]
      : [name, '–', '–', '–', '–', `could not be run: ${outcome.failed}`],
  );
  return [
    `## ${title}`,
    text,
    ...(ratios.length > 0 ? [table(['ratio', 'measured', ...(isJudged ? ['target', ''] : []), 'from'], ratios)] : []),
    ...(figures.length > 0
      ? [table(['contender', 'CPU s (median)', 'lowest–highest', 'wall s', 'peak MiB', ''], figures)]
      : []),
    ...tables.flatMap((one) => [`### ${one.title}`, table(one.head, one.rows)]),
  ].join('\n\n');
}

const targetText = (target: Row['target']): string => {
  if (target === undefined) return '';
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
};

function verdict(ratio: number | undefined, target: Row['target']): string {
  if (target === undefined) return '';
  if (ratio === undefined) return 'not measured';
  return ('atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost) ? 'met' : '**missed**';
}

/** Returns a Markdown table with padded columns, so that it can be read in a terminal too. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '-'), ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => [...line[column]!].length), 3));
  return lines
    .map((line, index) => {
      const cells = line.map((cell, column) =>
        index === 1 ? '-'.repeat(widths[column]!) : cell + ' '.repeat(widths[column]! - [...cell].length),
      );
      return `| ${cells.join(' | ')} |`;
    })
    .join('\n');
}
