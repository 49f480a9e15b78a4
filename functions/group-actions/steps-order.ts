/**
 * `order` sorts the parts of every client. A shard takes whole parts. The object of a shard with one part is that part as it
 * will be published. The object of a shard with several parts has a section for each, `<client>/<part>`.
 */
import { createGzip } from 'node:zlib';
import type { MapStep, Piece } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { bucketsOfPart, partCount } from '../../shared/shuffle/parts.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { orderPart } from './core-order.ts';
import type { RecordBytes } from './core-records.ts';
import { GZIP_CHUNK_BYTES, GZIP_LEVEL } from './gzip-chunks.ts';
import type { GroupingRun, GroupingSettings } from './settings.ts';
import { type RepairMeta, repair } from './steps-repair.ts';
import { recordBucketCount, type ScanMeta, scan } from './steps-scan.ts';
import { readRecords } from './stored-records.ts';

/** The bytes of records that one shard sorts. It takes about three times as much memory. */
const SHARD_BYTES = 64 << 20;

/** The actions of a client whose user is known or was repaired. */
export interface ClientTotal {
  readonly client: string;
  readonly records: number;
  readonly bytes: number;
  readonly parts: number;
}

/** Returns the clients that have an action, by name. */
export function clientTotals(
  scanned: readonly SegmentFile<ScanMeta>[],
  repaired: readonly SegmentFile<RepairMeta>[],
): ClientTotal[] {
  const totals = new Map<string, { records: number; bytes: number }>();
  const add = (client: string, records: number, bytes: number) => {
    const total = totals.get(client) ?? { records: 0, bytes: 0 };
    totals.set(client, { records: total.records + records, bytes: total.bytes + bytes });
  };
  for (const { meta } of scanned) for (const { client, known, bytes } of meta.clients) add(client, known, bytes);
  for (const { meta } of repaired) {
    for (const { client, repaired, forgotten = 0 } of meta.clients) add(client, repaired - forgotten, 0);
  }
  return [...totals]
    .filter(([, { records }]) => records > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([client, { records, bytes }]) => ({ client, records, bytes, parts: partCount(records) }));
}

/** The parts `from` (inclusive) to `to` (exclusive) in the list of all parts, client by client. */
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
  const weights = totals.flatMap(({ bytes, parts }) => Array.from({ length: parts }, () => bytes / parts));
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
  if (first !== undefined && others.length === 0) return streamOf(await partText(run, files, first));
  const writer = new SegmentWriter();
  for (const part of parts) writer.add(sectionOf(part), [...(await partText(run, files, part))]);
  return writer.finish();
}

interface Part {
  readonly client: string;
  readonly part: number;
  readonly parts: number;
}

const allParts = (totals: readonly ClientTotal[]): Part[] =>
  totals.flatMap(({ client, parts }) => Array.from({ length: parts }, (_, part) => ({ client, part, parts })));

const sectionOf = ({ client, part }: Part): string => `${client}/${part}`;

/** Returns the pieces that hold the parts, in the order of the parts. */
export async function orderedParts(run: GroupingRun, totals: readonly ClientTotal[]): Promise<readonly Piece[]> {
  const shards = await run.work.shards(order);
  const parts = allParts(totals);
  const pieces = shards.map(async ({ from, to, index }): Promise<readonly Piece[]> => {
    const key = run.work.key(order, index);
    if (to - from === 1) return [{ key }];
    const file = await run.work.openAt<null>(key);
    return parts.slice(from, to).map((part) => file.piece(sectionOf(part)));
  });
  return (await Promise.all(pieces)).flat();
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
  return run.settings.gzipOutput ? gzipped(lines) : lines;
}

async function* streamOf(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** Returns the chunks as one gzip member. */
async function gzipped(chunks: Iterable<Uint8Array>): Promise<Uint8Array[]> {
  const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: GZIP_CHUNK_BYTES });
  const compressed: Uint8Array[] = [];
  gzip.on('data', (chunk: Uint8Array) => compressed.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    gzip.on('end', resolve);
    gzip.on('error', reject);
  });
  for (const chunk of chunks) {
    if (!gzip.write(chunk)) await new Promise<void>((resolve) => gzip.once('drain', resolve));
  }
  gzip.end();
  await ended;
  return compressed;
}
