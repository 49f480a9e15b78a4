/**
 * The history of a model, `<client>/models/<node>/_history.json`: the latest changes of its live records. It is written after
 * a record, so it may lag by one change. The next command completes it before that command changes anything else.
 *
 * Several configuration roots may share one output root (a laptop's folder and ZooKeeper), so each change names its root.
 */
import * as z from 'zod';
import { modelsFolder } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { type DocumentKind, readDocument, unlessDamaged, updateDocument, type Warn } from './documents.ts';
import { type ChangedBy, changeSchema, type LiveModel, type LiveRecord, liveModelSchema } from './record.ts';

/** One change. */
export type HistoryEntry = {
  readonly root: string;
  readonly seq: number;
  /** ISO-8601. */
  readonly when: string;
  readonly by: ChangedBy;
  readonly because: string | null;
  /** The model that was live after the change. */
  readonly live: LiveModel | null;
  /** True when the node was held after the change. */
  readonly held: boolean;
};

const MAX_ENTRIES = 100;

export const historyEntrySchema = changeSchema.extend({
  root: z.string(),
  seq: z.int(),
  live: liveModelSchema.nullable(),
  held: z.boolean(),
});

interface HistoryDocument {
  readonly changes: readonly HistoryEntry[];
  /** Lists that other modules keep in the same document, such as verdicts. */
  readonly [key: string]: unknown;
}

const KIND: DocumentKind<HistoryDocument> = {
  schema: z.looseObject({ changes: z.array(historyEntrySchema) }),
  empty: { changes: [] },
  cure: 'Remove it: the history begins anew, and what is live stays.',
};

export const historyKey = (client: string, node: string): string => `${modelsFolder(client, node)}_history.json`;

/** Returns the changes of all roots, oldest first. @throws DamagedObjectError */
export async function readChanges(store: Store, client: string, node: string): Promise<readonly HistoryEntry[]> {
  return (await readDocument(store, historyKey(client, node), KIND)).value.changes;
}

/** Returns the changes of one root, oldest first. @throws DamagedObjectError */
export async function readHistory(store: Store, client: string, node: string, root: string): Promise<HistoryEntry[]> {
  return (await readChanges(store, client, node)).filter((change) => change.root === root);
}

/**
 * Returns the sequence number for the first record of a root: 0, or the number after the history's last one when an earlier
 * record was lost.
 * @param warn as for `completeHistory`
 */
export async function nextSeq(
  { store, client, node }: { readonly store: Store; readonly client: string; readonly node: string },
  root: string,
  warn?: Warn,
): Promise<number> {
  const changes = await unlessDamaged(() => readHistory(store, client, node, root), [], warn);
  return Math.max(-1, ...changes.map(({ seq }) => seq)) + 1;
}

/**
 * Adds the record's last change to the history if it is missing. Resolves to the changes of the record's root, oldest first.
 * @param warn hears of a damaged history, which then stays as it is and counts as empty
 * @throws DamagedObjectError without `warn`
 */
export async function completeHistory(
  store: Store,
  client: string,
  node: string,
  record: LiveRecord,
  warn?: Warn,
): Promise<HistoryEntry[]> {
  const complete = () => updateDocument(store, historyKey(client, node), KIND, (was) => added(was, record));
  const value = await unlessDamaged(complete, KIND.empty, warn);
  return value.changes.filter((change) => change.root === record.root);
}

function added(was: HistoryDocument, record: LiveRecord): HistoryDocument | undefined {
  const { root, seq, live, hold, change } = record;
  const known = was.changes.find((one) => one.root === root && one.seq === seq);
  if (known !== undefined) return undefined;
  const { when, by, because } = change;
  const changes = [...was.changes, { root, seq, when, by, because, live, held: hold !== null }];
  return { ...was, changes: changes.slice(-MAX_ENTRIES) };
}

/**
 * Returns the models that rollbacks go back to. The next rollback goes to the last of them. The live model is not among them.
 * A rollback removes the live model from this pile, so the next rollback goes further back: after A, B, C and a rollback to
 * B, the next one leads to A. A model that went live twice lies in the pile once, on top. The same holds for a model whose
 * location is now written in another way (`s3n://` and `s3a://`, or a link to the output root).
 * @param changes of one root, oldest first
 */
export function earlierModels(changes: readonly HistoryEntry[]): LiveModel[] {
  const pile: LiveModel[] = [];
  let top = null as LiveModel | null;
  for (const { by, live } of changes) {
    if (isSameModel(live, top)) {
      top = live;
      continue;
    }
    if (top !== null && by !== 'rollback') pile.push(top);
    const again = pile.findIndex((earlier) => isSameModel(earlier, live));
    if (again >= 0) pile.splice(again, 1);
    top = live;
  }
  return pile;
}

function isSameModel(a: LiveModel | null, b: LiveModel | null): boolean {
  if (a === null || b === null) return a === b;
  return a.location === b.location || (a.run !== null && a.run === b.run && a.day === b.day);
}
