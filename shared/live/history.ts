/**
 * The history of a model: the last changes of its live records, `<client>/models/<node>/_history.json`. It is a log of the
 * records, written after them: it may lag by one change, and the next command completes it before it makes another one.
 *
 * Several configuration roots may share one output root (a laptop's folder beside ZooKeeper); each change names its root.
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
  /** What was live from then on. */
  readonly live: LiveModel | null;
  /** True when the node was held from then on. */
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
  /** What others keep here. */
  readonly [key: string]: unknown;
}

const KIND: DocumentKind<HistoryDocument> = {
  schema: z.looseObject({ changes: z.array(historyEntrySchema) }),
  empty: { changes: [] },
  cure: 'Remove it: the history begins anew, and what is live stays.',
};

export const historyKey = (client: string, node: string): string => `${modelsFolder(client, node)}_history.json`;

/** The changes of one root, oldest first. @throws DamagedObjectError */
export async function readHistory(store: Store, client: string, node: string, root: string): Promise<HistoryEntry[]> {
  const { value } = await readDocument(store, historyKey(client, node), KIND);
  return value.changes.filter((change) => change.root === root);
}

/**
 * The number of a first record: 0, or the one behind the last that the history knows of a record that was lost.
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
 * Adds the record's last change where it is missing. Resolves to the changes of its root, oldest first.
 * @param warn hears of a history that is damaged, which is left alone then and counts as one without changes: it is a log
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
 * The models that a rollback goes back to, the next one last; the model that is live is not among them. A rollback takes the
 * live model off the pile, so that the next one goes back further: after A, B, C and a rollback to B, the next leads to A. A
 * model that went live again lies on top, once; so does one whose location was written in another way meanwhile (`s3n://` and
 * `s3a://`, or a link to the output root).
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
