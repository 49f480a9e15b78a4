/**
 * The record of a table, beside its comment: the hold on it, and the number of its last change.
 *
 * The comment is the truth about what is live. `<client>/models/<node>/_record.json` follows it, with one record for each
 * table (several databases may be filled from one output root), and the history follows the record. Each of them may lag by
 * one change; `tableState` completes both before anything else is changed.
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

/** A client's table, and where the versions that fill it lie. */
export interface TablePlace {
  readonly table: LiveTable;
  readonly client: string;
  /** The folder of the versions below `models/`: the job's name. */
  readonly node: string;
  /** The output root. */
  readonly store: Store;
  /** How many versions that were live are kept. */
  readonly keepVersions: number;
}

export interface TableState {
  /** Undefined where nobody knows whose rows the table holds. */
  readonly mark: TableMark | undefined;
  /** Undefined where nothing was ever live or held. */
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
  cure: 'Remove it: what is live stays, and a table that was held is held no more.',
};

const recordKey = (client: string, node: string): string => `${modelsFolder(client, node)}_record.json`;

/** Names a table in files that several tables share, 16 hex digits. */
const tableHash = (table: LiveTable): string => createHash('sha256').update(table.describe).digest('hex').slice(0, 16);

/** The version whose rows a table holds, as a model. */
export const modelOf = (
  { store, client, node }: Pick<TablePlace, 'store' | 'client' | 'node'>,
  { day, run, requestedAt }: Pick<TableMark, 'day' | 'run' | 'requestedAt'>,
): LiveModel => {
  const folder = childLocation(parseLocation(store.root), versionFolder(client, node, day, run));
  return { day, run, requestedAt, location: formatLocation(folder) };
};

/** The hold alone: reads, and changes nothing. @throws DamagedObjectError */
export async function tableHold(place: TablePlace): Promise<Hold | null> {
  const { value } = await readDocument(place.store, recordKey(place.client, place.node), RECORDS);
  return value.records[tableHash(place.table)]?.hold ?? null;
}

/**
 * The live model, once record and history agree with the table's comment.
 * @param warn hears of a damaged history, which counts as one without changes then
 * @throws as `LiveTable.read`; DamagedObjectError
 */
export async function tableState(place: TablePlace, now: Date, warn?: Warn): Promise<TableState> {
  const mark = await place.table.read(place.client);
  const record = await changeRecord(place, (was, firstSeq) => followed(place, was, mark, firstSeq, now), warn);
  if (record === undefined) return { mark, record, history: [] };
  if (record.live !== null) await keepLive(place, tableHash(place.table), record.live.location, now);
  return { mark, record, history: await completeHistory(place.store, place.client, place.node, record, warn) };
}

/** Holds the table where it is, or (null) lets runs fill it again; the change goes into the history. */
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

/** Keeps a version from removal before it goes live. False when it is about to be removed: it must not go live then. */
export const claimVersion = (place: TablePlace, live: TableMark | undefined, next: LiveModel, now: Date) =>
  claimLive(place, tableHash(place.table), {
    live: live === undefined ? null : modelOf(place, live).location,
    next: next.location,
    keepVersions: place.keepVersions,
    now,
  });

/** The record that says what the table's comment does; undefined where it does already. */
function followed(
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

/** @param next undefined for leaving the record alone. Resolves to the record that is there in the end */
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
