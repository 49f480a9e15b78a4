/** The log of a day as plain values, on which faults are planted (`faults.ts`), and the figures that grouping counts of it. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DayTally } from '../../functions/group-actions/core-tally.ts';
import { viewOf } from '../../shared/columns/bytes.ts';
import type { ComparedDay } from '../../shared/verdict/compared-days.ts';

/** One action of a shop's log. */
export interface Event {
  readonly user: number;
  readonly item: number;
  readonly type: number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly timeMs: number;
  readonly value: number;
}

/** The days of a shop, by number (days since 1970-01-01 UTC), ascending. Days without an action are missing. */
export type Days = ReadonlyMap<number, readonly Event[]>;

export const MS_PER_DAY = 86_400_000;

/** Reads the logs of one of the shops in `test/data`. */
export function realShop(name: 'onlineretail' | 'movietweetings'): Days {
  const folder = new URL(`../data/${name}/logs/`, import.meta.url).pathname;
  const days = new Map<number, Event[]>();
  for (const path of globSync('actions.*/*/*/*.log.gz', { cwd: folder }).sort()) {
    for (const line of gunzipSync(readFileSync(join(folder, path)))
      .toString()
      .split('\n')) {
      const [time, , json] = line.split('\t');
      if (json === undefined) continue;
      const { userid: user, itemid: item, type, value } = JSON.parse(json);
      const timeMs = Date.parse(time as string);
      const day = Math.floor(timeMs / MS_PER_DAY);
      const own = days.get(day);
      const event = { user, item, type, timeMs, value };
      if (own === undefined) days.set(day, [event]);
      else own.push(event);
    }
  }
  return new Map([...days].sort(([a], [b]) => a - b));
}

/** Returns the figures and the sketch that grouping would keep of these events. */
export function comparedDay(day: number, events: readonly Event[]): ComparedDay {
  const tally = new DayTally(day);
  for (const { user, item, type, timeMs, value } of events) {
    const text = viewOf(Buffer.from(`${timeMs} ${value}`));
    tally.add(user, timeMs, item, type, text, 0, text.byteLength);
  }
  return { day, ...tally.result() };
}
