/**
 * `order` sorts the parts of every client. A shard takes whole parts. The object of a shard with one part of actions is that
 * part as it will be published. Any other object has a section for each part of actions, `<client>/<part>`, and the sections of
 * each part of pairs (`stored-pairs.ts`).
 */

import type { MapStep, OutputFile, Piece } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { gzipped } from '../../shared/lines/gzip.ts';
import { bucketsOfPart, partCount } from '../../shared/shuffle/parts.ts';
import { partName } from '../../shared/store/keys.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { orderPart } from './core-order.ts';
import type { RecordBytes } from './core-records.ts';
import type { GroupingRun, GroupingSettings } from './settings.ts';
import { type RepairMeta, repair } from './steps-repair.ts';
import { recordBucketCount, type ScanMeta, scan } from './steps-scan.ts';
import { addPairs, type PairsPart, pairsFiles } from './stored-pairs.ts';
import { readRecords } from './stored-records.ts';

/** The bytes of records that one shard sorts. It takes about three times as much memory. */
const SHARD_BYTES = 64 << 20;

/** The actions of a client whose user is known or was repaired. */
export interface ClientTotal {
  readonly client: string;
  readonly records: number;
  readonly bytes: number;
  readonly parts: number;
  /** The bytes of the pairs of assigned ids and texts; undefined if the ids are given. */
  readonly pairBytes: number | undefined;
}

/** Returns the clients that have an action, by name. */
export function clientTotals(
  scanned: readonly SegmentFile<ScanMeta>[],
  repaired: readonly SegmentFile<RepairMeta>[],
): ClientTotal[] {
  const totals = new Map<string, { records: number; bytes: number; pairBytes: number | undefined }>();
  const add = (client: string, records: number, bytes: number, pairBytes?: number) => {
    const total = totals.get(client) ?? { records: 0, bytes: 0, pairBytes: undefined };
    totals.set(client, {
      records: total.records + records,
      bytes: total.bytes + bytes,
      pairBytes: pairBytes === undefined ? total.pairBytes : (total.pairBytes ?? 0) + pairBytes,
    });
  };
  for (const { meta } of scanned) {
    for (const { client, known, bytes, pairBytes } of meta.clients) add(client, known, bytes, pairBytes);
  }
  for (const { meta } of repaired) {
    for (const { client, repaired, forgotten = 0 } of meta.clients) add(client, repaired - forgotten, 0);
  }
  return [...totals]
    .filter(([, { records }]) => records > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([client, total]) => ({ client, ...total, parts: partCount(total.records) }));
}

/** The parts `from` (inclusive) to `to` (exclusive) in the list of all parts. */
type PartRange = { readonly from: number; readonly to: number };

/** The step declares no meta, because an object of one part is plain text. */
export const order: MapStep<GroupingSettings, PartRange> = {
  kind: 'map',
  name: 'order',
  memoryMb: 3008,
  timeoutSeconds: 900,
  publishes: true,
  shards: planParts,
  run: orderParts,
};

async function planParts(run: GroupingRun): Promise<readonly PartRange[]> {
  const totals = clientTotals(await run.work.openAll(scan), await run.work.openAll(repair));
  const weights = allParts(totals).map(({ weight }) => weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const target = total / shardCount(run, total, SHARD_BYTES, 1, weights.length);
  const shards: { from: number; to: number }[] = [];
  let seen = 0;
  for (const [part, weight] of weights.entries()) {
    const last = shards.at(-1);
    if (last !== undefined && seen < target * shards.length) last.to = part + 1;
    else shards.push({ from: part, to: part + 1 });
    seen += weight;
  }
  return shards;
}

async function orderParts(run: GroupingRun, { from, to }: PartRange): Promise<Body> {
  const scanned = await run.work.openAll(scan);
  const repaired = await run.work.openAll(repair);
  const files = [...scanned, ...repaired];
  const parts = allParts(clientTotals(scanned, repaired)).slice(from, to);
  const [first, ...others] = parts;
  if (first?.holds === 'actions' && others.length === 0) return streamOf(await partText(run, files, first));
  const writer = new SegmentWriter();
  for (const part of parts) {
    if (part.holds === 'pairs') await addPairs(writer, run, scanned, part, recordBucketCount(run));
    else writer.add(sectionOf(part), [...(await partText(run, files, part))]);
  }
  return writer.finish();
}

type Part = PairsPart & {
  /** The actions of some users, or the pairs of some ids and texts. */
  readonly holds: 'actions' | 'pairs';
  /** The bytes of its records. */
  readonly weight: number;
};

/** Returns the parts of actions, client by client, and then the parts of pairs. Pairs have as many parts as actions. */
const allParts = (totals: readonly ClientTotal[]): Part[] => [
  ...totals.flatMap(({ client, parts, bytes }) => partsOf('actions', client, parts, bytes)),
  ...totals.flatMap(({ client, parts, pairBytes }) =>
    pairBytes === undefined ? [] : partsOf('pairs', client, parts, pairBytes),
  ),
];

const partsOf = (holds: Part['holds'], client: string, parts: number, bytes: number): Part[] =>
  Array.from({ length: parts }, (_, part) => ({ holds, client, part, parts, weight: bytes / parts }));

const sectionOf = ({ client, part }: Part): string => `${client}/${part}`;

/** The files of a part. A part of pairs also has the numbers of its users and items. */
export interface OrderedPart {
  readonly client: string;
  readonly holds: Part['holds'];
  readonly files: readonly OutputFile[];
  readonly counts: Readonly<Record<'users' | 'items', number>> | undefined;
}

/** Returns the parts, in the order of `allParts`. */
export async function orderedParts(run: GroupingRun, totals: readonly ClientTotal[]): Promise<readonly OrderedPart[]> {
  const shards = await run.work.shards(order);
  const parts = allParts(totals);
  const actions = (part: Part, piece: Piece): OrderedPart => ({
    client: part.client,
    holds: 'actions',
    files: [{ name: partName(part.part, run.settings.gzipOutput), pieces: [piece] }],
    counts: undefined,
  });
  const ordered = shards.map(async ({ from, to, index }): Promise<readonly OrderedPart[]> => {
    const key = run.work.key(order, index);
    const own = parts.slice(from, to);
    if (own.length === 1 && own[0]!.holds === 'actions') return [actions(own[0]!, { key })];
    const file = await run.work.openAt<null>(key);
    return own.map((part) =>
      part.holds === 'actions'
        ? actions(part, file.piece(sectionOf(part)))
        : { client: part.client, holds: 'pairs', ...pairsFiles(file, run, part) },
    );
  });
  return (await Promise.all(ordered)).flat();
}

/** Returns the text of a part, compressed if the settings say so. */
async function partText(
  run: GroupingRun,
  files: readonly SegmentFile[],
  { client, part, parts }: Part,
): Promise<Iterable<Uint8Array>> {
  const range = bucketsOfPart(part, parts, recordBucketCount(run));
  const records: RecordBytes[] = [];
  for (const file of files) {
    const some = await readRecords(file, client, 'action', range.from, range.to);
    if (some !== undefined) records.push(some);
  }
  const lines = orderPart(client, records, part, parts);
  return run.settings.gzipOutput ? await gzipped(lines) : lines;
}

async function* streamOf(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
