/**
 * One runtime node with its live record in a configuration root: read together, brought to agree, changed together.
 *
 * Killed between any two of its writes, the two tell the next caller what is left to do (`record.ts`), and `settle` does it.
 */
import { createHash } from 'node:crypto';
import { liveFolder, liveNode, runtimeNode } from '../activation/nodes.ts';
import type { ConfigNode, ConfigRoot } from '../config/config-root.ts';
import { formatRecord, type LiveRecord, parseRecord, type RecordContext, type Standing, standingOf } from './record.ts';

/** The node of one model in one configuration root. */
export interface LiveNode {
  readonly root: ConfigRoot;
  readonly client: string;
  /** The runtime node's name: `mf`. */
  readonly node: string;
}

/** Both nodes as they were at one moment. */
export interface LiveReading {
  readonly standing: Standing;
  /** The record's node and the runtime node; undefined where there is none. */
  readonly recordNode: ConfigNode | undefined;
  readonly runtimeNode: ConfigNode | undefined;
}

/** What a reader needs of the world. `firstSeq` is asked only where there is a node without a record. */
export interface LiveContext {
  readonly now: Date;
  readonly firstSeq?: () => Promise<number>;
}

/** What a change makes of the record. */
export type RecordChange = Pick<LiveRecord, 'live' | 'hold' | 'change'>;

/** Names a configuration root in files: 16 hexadecimal digits. A record keeps the name that it was first written under. */
export const rootHash = (root: ConfigRoot): string =>
  createHash('sha256').update(root.describe).digest('hex').slice(0, 16);

/** Reads only. @throws ConfigError for a record that is none */
export async function readLive({ root, client, node }: LiveNode, context: LiveContext): Promise<LiveReading> {
  const at = liveNode(client, node);
  for (;;) {
    const before = await root.read(at);
    const held = await root.read(runtimeNode(client, node));
    const recordNode = await root.read(at);
    // Else somebody changed both meanwhile, and they do not belong together.
    if (before?.version !== recordNode?.version) continue;
    const record = recordNode && parseRecord(recordNode.data, `${root.describe}: ${at}`);
    const isFirst = record === undefined && held !== undefined && held.data !== '';
    const firstSeq = isFirst ? ((await context.firstSeq?.()) ?? 0) : 0;
    const inWords: RecordContext = { root: rootHash(root), now: context.now, firstSeq };
    return { standing: standingOf(record, held?.data, inWords), recordNode, runtimeNode: held };
  }
}

/** Does what an interrupted change left to do, and writes down what somebody else changed. Both agree afterwards. */
export async function settle(live: LiveNode, context: LiveContext, signal: AbortSignal): Promise<LiveReading> {
  for (;;) {
    signal.throwIfAborted();
    const reading = await readLive(live, context);
    const { standing } = reading;
    signal.throwIfAborted();
    switch (standing.kind) {
      case 'agreed':
        return reading;
      case 'unfinished':
        // Whoever set it meanwhile is found by the next reading.
        await setNode(live, standing.record.live?.location ?? '', reading.runtimeNode);
        break;
      case 'unsettled':
        await writeRecord(live, { ...standing.record, settled: true }, reading.recordNode);
        break;
      case 'overtaken':
        await writeRecord(live, standing.record, reading.recordNode);
        break;
    }
  }
}

/**
 * Changes the record, and with it the node where another model goes live. False when somebody else was first, at whatever
 * point: read and decide again.
 * @param reading of `settle`
 * @param firstSeq the number of a first record
 * @param signal nothing more is written once it is aborted
 */
export async function changeLive(
  live: LiveNode,
  reading: LiveReading,
  next: RecordChange,
  firstSeq: number,
  signal: AbortSignal,
): Promise<LiveRecord | undefined> {
  const was = reading.standing.record;
  const held = reading.runtimeNode?.data ?? null;
  const location = next.live?.location ?? null;
  const moves = location !== (was?.live?.location ?? null);
  const record: LiveRecord = {
    seq: was === undefined ? firstSeq : was.seq + 1,
    root: was?.root ?? rootHash(live.root),
    before: moves ? held : (was?.before ?? null),
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
  return (await settled(live, record, set)) ? { ...record, settled: true } : undefined;
}

/** The last step where there are no transactions: says whether the node holds what the record says, and settles it. */
async function settled(live: LiveNode, record: LiveRecord, isSet: boolean): Promise<boolean> {
  const path = liveNode(live.client, live.node);
  const found = await live.root.read(path);
  const now = found && parseRecord(found.data, path);
  if (
    now === undefined ||
    now.seq !== record.seq ||
    formatRecord({ ...now, settled: false }) !== formatRecord(record)
  ) {
    // Somebody else finished this change and made another one. An equal version means equal data, so a node that was
    // moved there and back may just have been moved by us: it goes back to what the record says.
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

/** Sets the node to what it holds, so that those who watch it load the model once more. False when it was changed. */
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
