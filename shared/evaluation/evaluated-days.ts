/** Finds the evaluated days of a client, and reads what is pooled over them. */
import { atMost } from '../at-most.ts';
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import type { Warn } from '../live/documents.ts';
import { dayFoldersIn } from '../store/day-folders.ts';
import { dayFolder } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { EVALUATION } from './metrics-document.ts';
import { type DaySums, readDaySums } from './resamples-file.ts';

/** Evaluations that are older do not describe today's model. Days. */
const OLDEST_DAYS = 62;
/** The number of files that are read at the same time. */
const READERS = 8;

/**
 * Returns the days up to `day` that have a whole evaluation and are not too old, newest first.
 * @param day the last day that counts; by default the newest one
 */
export async function evaluatedDays(store: Store, client: string, day?: number): Promise<number[]> {
  const folder = dayFolder(client, EVALUATION, 0).slice(0, -'0/'.length);
  const days = (await dayFoldersIn(store, folder)).whole.toReversed();
  const last = day ?? days[0] ?? 0;
  return days.filter((other) => other <= last && other > last - OLDEST_DAYS);
}

/**
 * Reads the sums of a scorer over the newest of some days that have it and were evaluated in the same way, newest first.
 *
 * @param days newest first
 * @param count the largest number of days that are wanted
 * @param warn hears of evaluations that are damaged; they are left out, because they are no fault of today's model
 */
export async function sumsOfDays(
  store: Store,
  client: string,
  scorer: string,
  days: readonly number[],
  count: number,
  warn: Warn,
): Promise<DaySums[]> {
  const found: DaySums[] = [];
  for (let at = 0; at < days.length && found.length < count; at += READERS) {
    const some = await atMost(READERS, days.slice(at, at + READERS), (day) =>
      unlessUnreadable(() => readDaySums(store, client, day, scorer), warn),
    );
    found.push(...some.filter((sums) => sums !== undefined));
  }
  return found.filter(({ alike }) => alike === found[0]?.alike).slice(0, count);
}

async function unlessUnreadable<T>(read: () => Promise<T>, warn: Warn): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    // The folder of another day may be replaced at this moment.
    if (!(error instanceof DamagedObjectError || error instanceof MissingObjectError)) throw error;
    warn(error.message);
    return undefined;
  }
}
