/**
 * One runtime node together with its live record in a configuration root.
 *
 * A process may be killed between any two writes of a change. Node and record then tell the next caller what is left to do
 * (`record.ts`), and `settle` does it.
 */
import { createHash } from 'node:crypto';
import { liveFolder, liveNode, runtimeNode } from '../activation/nodes.ts';
import type { ConfigNode, ConfigRoot } from '../config/config-root.ts';
import {
  compareWithNode,
  formatRecord,
  type LiveModel,
  type LiveRecord,
  parseRecord,
  type RecordState,
} from './record.ts';

/** The node of one model in one configuration root. */
export interface LiveNode {
  readonly root: ConfigRoot;
  readonly client: string;
  /** The runtime node's name: `mf`. */
  readonly node: string;
}

/** The runtime node and its record at one moment. */
export interface LiveReading {
  readonly state: RecordState;
  /** The node of the record, and the runtime node; undefined for a node that does not exist. */
  readonly recordNode: ConfigNode | undefined;
  readonly runtimeNode: ConfigNode | undefined;
}

/** The time, and the source of the first record's number: `firstSeq` is called only for a node without a record. */
export interface LiveContext {
  readonly now: Date;
  readonly firstSeq?: () => Promise<number>;
}

/** The parts of the record that a change sets. */
export type RecordChange = Pick<LiveRecord, 'live' | 'hold' | 'change'>;

/** Returns the name of a configuration root in files: 16 hexadecimal digits. A record keeps the name of its first writing. */
export const rootHash = (root: ConfigRoot): string =>
  createHash('sha256').update(root.describe).digest('hex').slice(0, 16);

/** Reads node and record, and changes nothing. @throws ConfigError for a text that is no record */
export async function readLive({ root, client, node }: LiveNode, context: LiveContext): Promise<LiveReading> {
  const at = liveNode(client, node);
  for (;;) {
    const before = await root.read(at);
    const nodeNow = await root.read(runtimeNode(client, node));
    const recordNode = await root.read(at);
    // When another process changed the record meanwhile, the two readings do not belong together.
    if (before?.version !== recordNode?.version) continue;
    const record = recordNode && parseRecord(recordNode.data, `${root.describe}: ${at}`);
    const needsFirst = record === undefined && nodeNow !== undefined && nodeNow.data !== '';
    const firstSeq = needsFirst ? ((await context.firstSeq?.()) ?? 0) : 0;
    const state = compareWithNode(record, nodeNow?.data, { root: rootHash(root), now: context.now, firstSeq });
    return { state, recordNode, runtimeNode: nodeNow };
  }
}

/** Returns the model that a node and its record say is live; null when none is. Changes nothing. */
export const liveModelOf = async (live: LiveNode, now: Date): Promise<LiveModel | null> =>
  (await readLive(live, { now })).state.record?.live ?? null;

/** Completes an interrupted change, or records a change by another system. Node and record agree afterwards. */
export async function settle(live: LiveNode, context: LiveContext, signal: AbortSignal): Promise<LiveReading> {
  for (;;) {
    signal.throwIfAborted();
    const reading = await readLive(live, context);
    const { state } = reading;
    signal.throwIfAborted();
    switch (state.kind) {
      case 'agreed':
        return reading;
      case 'unfinished':
        // If another process sets the node meanwhile, the next reading notices it.
        await setNode(live, state.record.live?.location ?? '', reading.runtimeNode);
        break;
      case 'unsettled':
        await writeRecord(live, { ...state.record, settled: true }, reading.recordNode);
        break;
      case 'overtaken':
        await writeRecord(live, state.record, reading.recordNode);
        break;
    }
  }
}

/**
 * Changes the record, and also the node when another model goes live. Returns the new record; undefined when another process
 * made a change first, so the caller must read and decide again.
 * @param reading the result of `settle`
 * @param firstSeq the sequence number if this is the first record
 * @param signal when it is aborted, nothing more is written
 */
export async function changeLive(
  live: LiveNode,
  reading: LiveReading,
  next: RecordChange,
  firstSeq: number,
  signal: AbortSignal,
): Promise<LiveRecord | undefined> {
  const was = reading.state.record;
  const nodeData = reading.runtimeNode?.data ?? null;
  const location = next.live?.location ?? null;
  const moves = location !== (was?.live?.location ?? null);
  const record: LiveRecord = {
    seq: was === undefined ? firstSeq : was.seq + 1,
    root: was?.root ?? rootHash(live.root),
    before: moves ? nodeData : (was?.before ?? null),
    settled: !moves || live.root.transact !== undefined,
    live: next.live,
    hold: next.hold,
    change: next.change,
  };
  if (!moves || location === null) {
    return (await writeRecord(live, record, reading.recordNode)) ? record : undefined;
  }
  if (live.root.transact !== undefined) {
    await live.root.ensureFolder(liveFolder(live.client));
    const done = await live.root.transact([
      { path: liveNode(live.client, live.node), data: formatRecord(record), version: reading.recordNode?.version },
      { path: runtimeNode(live.client, live.node), data: location, version: reading.runtimeNode?.version },
    ]);
    return done ? record : undefined;
  }
  if (!(await writeRecord(live, record, reading.recordNode))) return undefined;
  signal.throwIfAborted();
  const set = await setNode(live, location, reading.runtimeNode);
  signal.throwIfAborted();
  return (await finish(live, record, set)) ? { ...record, settled: true } : undefined;
}

/**
 * The last step in a root without transactions. Settles the record and returns true if the node holds the record's location.
 */
async function finish(live: LiveNode, record: LiveRecord, isSet: boolean): Promise<boolean> {
  const path = liveNode(live.client, live.node);
  const found = await live.root.read(path);
  const now = found && parseRecord(found.data, path);
  if (
    now === undefined ||
    now.seq !== record.seq ||
    formatRecord({ ...now, settled: false }) !== formatRecord(record)
  ) {
    // Another process finished this change and made a further one. Equal data has an equal version, so our write may have
    // succeeded on a node that was moved away and back: the node goes back to the location in the record.
    if (isSet) await putBack(live, record.live?.location ?? '', now);
    return false;
  }
  if (now.settled) return true;
  if (!isSet && (await live.root.read(runtimeNode(live.client, live.node)))?.data !== record.live?.location)
    return false;
  await writeRecord(live, { ...now, settled: true }, found);
  return true;
}

async function putBack(live: LiveNode, stale: string, record: LiveRecord | undefined): Promise<void> {
  const node = await live.root.read(runtimeNode(live.client, live.node));
  const wanted = record?.live?.location;
  if (node?.data === stale && wanted !== undefined && wanted !== stale) await setNode(live, wanted, node);
}

/** Sets the node to the data it holds, so its watchers load the model again. False when the node holds other data. */
export async function setAgain(live: LiveNode, location: string): Promise<boolean> {
  const node = await live.root.read(runtimeNode(live.client, live.node));
  return node?.data === location && (await setNode(live, location, node));
}

const setNode = (
  { root, client, node }: LiveNode,
  location: string,
  found: ConfigNode | undefined,
): Promise<boolean> =>
  found === undefined
    ? root.create(runtimeNode(client, node), location)
    : root.set(runtimeNode(client, node), location, found.version);

async function writeRecord(
  { root, client, node }: LiveNode,
  record: LiveRecord,
  found: ConfigNode | undefined,
): Promise<boolean> {
  const path = liveNode(client, node);
  if (found !== undefined) return root.set(path, formatRecord(record), found.version);
  await root.ensureFolder(liveFolder(client));
  return root.create(path, formatRecord(record));
}
