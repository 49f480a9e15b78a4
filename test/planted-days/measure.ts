/** Measures the check `input` on a shop: how many good days it warns about, and how many planted faults it finds. */
import { uniform } from '../../shared/example/actions.ts';
import { DAYS_KNOWN } from '../../shared/verdict/compared-days.ts';
import { factsOf, faultsOfDay, reasonNotCompared } from '../../shared/verdict/input-faults.ts';
import { comparedDay, type Days } from './events.ts';
import type { Fault } from './faults.ts';

export interface Measured {
  /** The days that could be compared, and those of them that were warned about. */
  readonly days: number;
  readonly warned: number;
  /** Figure → the number of good days that it warned about. */
  readonly figures: Readonly<Record<string, number>>;
  /** Fault → the share of the days on which it was found, and the figure that found it most often. */
  readonly faults: Readonly<Record<string, { readonly found: number; readonly planted: number; readonly by: string }>>;
}

/** A day with fewer events gets no fault. */
const FEWEST_EVENTS = 300;

/** @param every the number of days for each of which a fault is planted once: 3 plants it on every third day */
export function measure(days: Days, faults: Readonly<Record<string, Fault>>, every = 1): Measured {
  const compared = [...days].map(([day, events]) => comparedDay(day, events));
  const before = (place: number) => compared.slice(Math.max(0, place - DAYS_KNOWN), place);
  const facts = compared.map((own, place) => factsOf(own, before(place)));
  const figures: Record<string, number> = {};
  const found = new Map<string, { found: number; planted: number; by: Record<string, number> }>();
  let [count, warned] = [0, 0];
  for (const [place, { day }] of compared.entries()) {
    if (reasonNotCompared(day, facts) !== undefined) continue;
    const own = faultsOfDay(day, facts);
    count++;
    if (own.length > 0) warned++;
    for (const { figure } of own) figures[figure] = (figures[figure] ?? 0) + 1;
    const events = days.get(day)!;
    if (events.length < FEWEST_EVENTS || place % every > 0) continue;
    const last = days.get(compared[place - 1]!.day)!;
    for (const [name, plant] of Object.entries(faults)) {
      const entry = found.get(name) ?? { found: 0, planted: 0, by: {} };
      found.set(name, entry);
      const faulty = plant({ day, events, before: last, random: uniform(day) });
      const after = faulty.length === 0 ? [] : [factsOf(comparedDay(day, faulty), before(place))];
      const [first] = faultsOfDay(day, [...facts.slice(0, place), ...after]);
      entry.planted++;
      if (first === undefined) continue;
      entry.found++;
      entry.by[first.figure] = (entry.by[first.figure] ?? 0) + 1;
    }
  }
  return {
    days: count,
    warned,
    figures,
    faults: Object.fromEntries(
      [...found].map(([name, { by, ...counts }]) => [
        name,
        { ...counts, by: Object.entries(by).toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? '' },
      ]),
    ),
  };
}
