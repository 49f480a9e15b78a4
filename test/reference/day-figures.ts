/**
 * The figures of a day and its sketch the slow way, from the lines that were published: maps and sets of everything, no sample.
 */
import type { DayFigures } from '../../shared/model/day-figures.ts';
import { readTimePlainly } from './raw-action.ts';

interface Line {
  readonly userid: number;
  readonly itemid: number;
  readonly type: number;
  readonly timestamp_utc: string;
}

/** @param parts the texts of the parts @param day in days since 1970-01-01 UTC */
export function figuresOf(parts: readonly string[], day: number): DayFigures {
  const lines = parts.flatMap((part) => part.split('\n').slice(0, -1));
  const actions = lines.map((line) => JSON.parse(line) as Line);
  const times = actions.map(({ timestamp_utc }) => readTimePlainly(timestamp_utc) as number);
  const hours = times.map((time) => new Date(time).getUTCHours());
  const users = countsOf(actions.map(({ userid }) => userid));
  const items = countsOf(actions.map(({ itemid }) => itemid));
  return {
    lines: lines.length,
    users: users.size,
    items: items.size,
    largestUser: Math.max(0, ...users.values()),
    largestItem: Math.max(0, ...items.values()),
    duplicates: lines.length - new Set(lines).size,
    otherDays: times.filter((time) => Math.floor(time / 86_400_000) !== day).length,
    types: Object.fromEntries([...countsOf(actions.map(({ type }) => type))]),
    hours: Array.from({ length: 24 }, (_, hour) => hours.filter((own) => own === hour).length),
  };
}

function countsOf(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
