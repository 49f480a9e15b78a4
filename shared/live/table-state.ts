/**
 * The record of a table: the hold on the table, and the number of its last change.
 *
 * The table's comment decides what is live. The document `<client>/models/<node>/_record.json` is updated after the comment.
 * It has one record for each table, because one output root may fill several databases. The history is updated after the
 * record. Each of them may lag by one change, and `tableState` completes both before anything else is changed.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { TableMark } from '../mysql/table-mark.ts';
import { modelsFolder, versionFolder } from '../store/keys.ts';
import { childLocation, formatLocation, parseLocation } from '../store/location.ts';
import type { Store } from '../store/store.ts';
import { type DocumentKind, readDocument, updateDocument, type Warn } from './documents.ts';
import { completeHistory, type HistoryEntry, nextSeq } from './history.ts';
import { claimLive, keepLive } from './kept.ts';
import type { LiveTable } from './live-table.ts';
import { type Change, type Hold, type LiveModel, type LiveRecord, recordSchema } from './record.ts';

/** A client's table, and the store with its versions. */
export interface TablePlace {
  readonly table: LiveTable;
  readonly client: string;
  /** The folder of the versions below `models/`: the job's name. */
  readonly node: string;
  /** The output root. */
  readonly store: Store;
  /** The number of versions that were live and are kept. */
  readonly keepVersions: number;
}

export interface TableState {
  /** Undefined when the run of the table's rows is unknown. */
  readonly mark: TableMark | undefined;
  /** Undefined when nothing was ever live or held. */
  readonly record: LiveRecord | undefined;
  /** Oldest first. */
  readonly history: readonly HistoryEntry[];
}

interface Records {
  readonly records: Readonly<Record<string, LiveRecord>>;
}

const RECORDS: DocumentKind<Records> = {
  schema: z.object({ records: z.record(z.string(), recordSchema) }),
  empty: { records: {} },
  cure: 'Remove it: what is live stays, and the hold on a table is lost.',
};

const recordKey = (client: string, node: string): string => `${modelsFolder(client, node)}_record.json`;

/** Returns the name of a table in files that several tables share: 16 hexadecimal digits. */
const tableHash = (table: LiveTable): string => createHash('sha256').update(table.describe).digest('hex').slice(0, 16);

/** Returns the version whose rows a table holds, as a model. */
export const modelOf = (
  { store, client, node }: Pick<TablePlace, 'store' | 'client' | 'node'>,
  { day, run, requestedAt }: Pick<TableMark, 'day' | 'run' | 'requestedAt'>,
): LiveModel => {
  const folder = childLocation(parseLocation(store.root), versionFolder(client, node, day, run));
  return { day, run, requestedAt, location: formatLocation(folder) };
};

/** Reads the hold on a table, and changes nothing. @throws DamagedObjectError */
export async function tableHold(place: TablePlace): Promise<Hold | null> {
  const { value } = await readDocument(place.store, recordKey(place.client, place.node), RECORDS);
  return value.records[tableHash(place.table)]?.hold ?? null;
}

/**
 * Returns the state of a table after making its record and history agree with its comment.
 * @param warn hears of a damaged history, which then counts as empty
 * @throws as `LiveTable.read`; DamagedObjectError
 */
export async function tableState(place: TablePlace, now: Date, warn?: Warn): Promise<TableState> {
  const mark = await place.table.read(place.client);
  const record = await changeRecord(place, (was, firstSeq) => recordOf(place, was, mark, firstSeq, now), warn);
  if (record === undefined) return { mark, record, history: [] };
  if (record.live !== null) await keepLive(place, tableHash(place.table), record.live.location, now);
  return { mark, record, history: await completeHistory(place.store, place.client, place.node, record, warn) };
}

/** Holds the table, or (null) lets runs fill it again, and adds the change to the history. */
export async function setTableHold(
  place: TablePlace,
  hold: Hold | null,
  change: Change,
  warn?: Warn,
): Promise<LiveRecord> {
  const next = (was: LiveRecord | undefined, firstSeq: number): LiveRecord => ({
    seq: was === undefined ? firstSeq : was.seq + 1,
    root: tableHash(place.table),
    live: was?.live ?? null,
    before: was?.live?.location ?? null,
    settled: true,
    hold,
    change,
  });
  const record = await changeRecord(place, next, warn);
  await completeHistory(place.store, place.client, place.node, record as LiveRecord, warn);
  return record as LiveRecord;
}

/** Protects a version from removal before it goes live. False when it is about to be removed: it must not go live then. */
export const claimVersion = (place: TablePlace, live: TableMark | undefined, next: LiveModel, now: Date) =>
  claimLive(place, tableHash(place.table), {
    live: live === undefined ? null : modelOf(place, live).location,
    next: next.location,
    keepVersions: place.keepVersions,
    now,
  });

/** Returns the record that agrees with the table's comment; undefined when the present record agrees. */
function recordOf(
  place: TablePlace,
  was: LiveRecord | undefined,
  mark: TableMark | undefined,
  firstSeq: number,
  now: Date,
): LiveRecord | undefined {
  const live = mark === undefined ? null : modelOf(place, mark);
  if (was === undefined ? live === null : was.live?.location === live?.location) return undefined;
  const by = (['run', 'activate', 'rollback'] as const).find((known) => known === mark?.by);
  return {
    seq: was === undefined ? firstSeq : was.seq + 1,
    root: tableHash(place.table),
    live,
    before: was?.live?.location ?? null,
    settled: true,
    hold: was?.hold ?? null,
    change: { when: mark?.at ?? now.toISOString(), by: by ?? 'elsewhere', because: mark?.because ?? null },
  };
}

/** Replaces the record by the result of `next`, or leaves it alone when that is undefined. Resolves to the final record. */
async function changeRecord(
  place: TablePlace,
  next: (was: LiveRecord | undefined, firstSeq: number) => LiveRecord | undefined,
  warn: Warn | undefined,
): Promise<LiveRecord | undefined> {
  const hash = tableHash(place.table);
  const firstSeq = await nextSeq(place, hash, warn);
  const { records } = await updateDocument(place.store, recordKey(place.client, place.node), RECORDS, (all) => {
    const changed = next(all.records[hash], firstSeq);
    return changed && { records: { ...all.records, [hash]: changed } };
  });
  return records[hash];
}
