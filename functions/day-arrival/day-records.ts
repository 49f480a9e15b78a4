/**
 * What is known of a day, in the output root:
 *
 *   .work/daily/_all/days/<day>.json           what was decided (DayRecord), replaced under compare-and-set
 *   .work/daily/_all/<run>/<attempt>/          one execution of the day; in it:
 *     all-clients.json                         the day's clients
 *     clients.json                             those that this attempt takes, the list that the Map reads
 *     grouped.json                             the run of the grouping that they were read from
 *     done/<client>.json  kept/<client>.json  failed/<client>.json   what each client's jobs came to
 *     warned/<client>.json                     one line for each of its models whose verdict warned
 *     summary.json                             all of it in short
 *
 * They expire with the work area. That is harmless: whether a day has been run shows in its published output, and which
 * attempts there were in Step Functions.
 */
import { DamagedObjectError, PreconditionFailedError } from '../../shared/errors.ts';
import type { JobOutcome } from '../../shared/job/daily-machine.ts';
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

/** What a client's day came to; `error` where it did not come to its jobs. */
export type ClientOutcome = {
  readonly client: string;
  readonly jobs: Readonly<Record<string, JobOutcome>>;
  readonly error?: { readonly name: string; readonly message: string };
};

/** How a day ended. */
export type DaySummary = DayExecution & {
  readonly clients: number;
  readonly failed: number;
  /** Clients of the list that left no record. */
  readonly missing: readonly string[];
  readonly failures: readonly string[];
  /** One line for each model that was kept from going live. */
  readonly kept: readonly string[];
  /** One line for each model that was published with a verdict that warned. */
  readonly warned: readonly string[];
};

export const recordKey = (day: number): string => `${jobWorkFolder(DAILY, null)}days/${day}.json`;
export const attemptFolder = ({ run, attempt }: Omit<DayExecution, 'day'>): string =>
  `${runFolder(DAILY, null, run)}${attempt}/`;

/** Undefined where there is no such object. @throws DamagedObjectError for a torn one, or one that was changed */
export async function readJson<T>(store: Store, key: string): Promise<{ value: T; etag: string } | undefined> {
  if ((await store.head(key)) === undefined) return undefined;
  const { bytes, etag } = await store.get(key);
  const value: unknown = openDocument(bytes, `${store.root}/${key}`, 'Remove it, and run the day again.');
  return { value: value as T, etag };
}

/** A record is sealed; a list is written as it is, for the state machine that reads it. */
export const writeJson = (store: Store, key: string, value: JsonValue): Promise<Written> =>
  store.put(key, isRecord(value) ? sealed(value) : JSON.stringify(value));

/** A day's record as it was read, and the way to replace it. */
export interface OpenRecord {
  readonly record: DayRecord;
  /** False, and nothing is changed, when somebody else replaced it since it was read. */
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

/** A damaged record counts as none, and is replaced: whether the day has been run shows in its published output. */
async function readRecord(store: Store, key: string): Promise<{ value: DayRecord; etag: string } | undefined> {
  try {
    return await readJson<DayRecord>(store, key);
  } catch (error) {
    const info = error instanceof DamagedObjectError ? await store.head(key) : undefined;
    if (info === undefined) throw error;
    return { value: NEW_DAY, etag: info.etag };
  }
}
