/**
 * The records of a day, in the output root:
 *
 *   .work/daily/_all/days/<day>.json           the last decision (DayRecord), replaced by compare-and-set
 *   .work/daily/_all/<run>/<attempt>/          one execution of the day; in it:
 *     all-clients.json                         the day's clients
 *     clients.json                             the clients that this attempt takes: the list that the Map reads
 *     grouped.json                             the run of the grouping that the clients were read from
 *     ended/<client>.json                      the outcomes of a client's jobs, written once
 *     noted/<client>.json                      empty; the outcomes are worth reading (`outcomes.ts`)
 *     summary.json                             a summary of all of them
 *
 * The records expire with the work area. That is harmless: a day's published output shows that it has been run, and Step
 * Functions knows its attempts.
 */
import { DamagedObjectError, PreconditionFailedError } from '../../shared/errors.ts';
import type { Quality } from '../../shared/evaluation/quality.ts';
import type { JobOutcome } from '../../shared/job/day-outcome.ts';
import { isRecord, type JsonValue } from '../../shared/json.ts';
import { jobWorkFolder, runFolder } from '../../shared/store/keys.ts';
import { openDocument, sealed } from '../../shared/store/sealed.ts';
import type { Store, Written } from '../../shared/store/store.ts';
import { type DayRecord, NEW_DAY } from './core.ts';

/** The name of a day's machine, and of its work area. */
export const DAILY = 'daily';

/** An execution of a day. */
export type DayExecution = {
  readonly day: number;
  readonly run: string;
  readonly attempt: number;
};

/** The outcome of a client's day. `error` says why its jobs were not started. */
export type ClientOutcome = {
  readonly client: string;
  readonly jobs: Readonly<Record<string, JobOutcome>>;
  readonly error?: { readonly name: string; readonly message: string };
  /** Scorer → how good its model was on this day. Absent when the day was not evaluated. */
  readonly quality?: Readonly<Record<string, Quality>>;
};

/** The outcome of a day. */
export type DaySummary = DayExecution & {
  readonly clients: number;
  readonly failed: number;
  /** Clients of the day without a record. */
  readonly missing: readonly string[];
  readonly failures: readonly string[];
  /** One line for each model that was kept from going live. */
  readonly kept: readonly string[];
  /** One line for each job that failed while the day is done without it. */
  readonly failedAside: readonly string[];
  /** One line for each model that was published with a verdict that warned. */
  readonly warned: readonly string[];
  /** One line for each model that was evaluated, of at most 100 clients. */
  readonly quality: readonly string[];
  /** One line for each model whose standing beside the popularities has changed. */
  readonly standings: readonly string[];
};

export const recordKey = (day: number): string => `${jobWorkFolder(DAILY, null)}days/${day}.json`;
export const attemptFolder = ({ run, attempt }: Omit<DayExecution, 'day'>): string =>
  `${runFolder(DAILY, null, run)}${attempt}/`;

/** Returns undefined when there is no such object. @throws DamagedObjectError when it is cut off or was changed */
export async function readJson<T>(store: Store, key: string): Promise<{ value: T; etag: string } | undefined> {
  if ((await store.head(key)) === undefined) return undefined;
  const { bytes, etag } = await store.get(key);
  const value: unknown = openDocument(bytes, `${store.root}/${key}`, 'Remove it, and run the day again.');
  return { value: value as T, etag };
}

/** Writes a record with a checksum. A list is written without one, because a state machine reads it. */
export const writeJson = (store: Store, key: string, value: JsonValue): Promise<Written> =>
  store.put(key, isRecord(value) ? sealed(value) : JSON.stringify(value));

/** A day's record as it was read, and the function that replaces it. */
export interface OpenRecord {
  readonly record: DayRecord;
  /** Replaces the record. Returns false, and changes nothing, when it was replaced since it was read. */
  replace(next: DayRecord): Promise<boolean>;
}

export async function openRecord(store: Store, day: number): Promise<OpenRecord> {
  const key = recordKey(day);
  const found = await readRecord(store, key);
  return {
    record: found?.value ?? NEW_DAY,
    replace: async (next) => {
      try {
        await store.put(key, sealed(next), found ? { ifMatch: found.etag } : { absent: true });
        return true;
      } catch (error) {
        if (error instanceof PreconditionFailedError) return false;
        throw error;
      }
    },
  };
}

/** A damaged record counts as a new one and is replaced: the day's published output shows that it has been run. */
async function readRecord(store: Store, key: string): Promise<{ value: DayRecord; etag: string } | undefined> {
  try {
    return await readJson<DayRecord>(store, key);
  } catch (error) {
    const info = error instanceof DamagedObjectError ? await store.head(key) : undefined;
    if (info === undefined) throw error;
    return { value: NEW_DAY, etag: info.etag };
  }
}
