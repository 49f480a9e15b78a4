/**
 * `order`: the parts of every client, each put in order; a shard takes whole parts. The object of a shard of one part is
 * that part as it will be published; one of several has a section for each, `<client>/<part>`.
 */
import { createGzip } from 'node:zlib';
import type { Piece, Shard } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { bucketsOfPart, partCount } from '../../shared/shuffle/parts.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { orderPart } from './core-order.ts';
import { type RecordBytes, readRecords } from './core-records.ts';
import type { GroupingRun } from './settings.ts';
import type { RepairMeta } from './steps-repair.ts';
import { bucketsOf, scanMeta } from './steps-scan.ts';

/** Records that one shard puts in order, bytes: memory is about three times as much. */
const SHARD_BYTES = 64 << 20;
/** Fast, and log lines shrink well at any level. */
const GZIP_LEVEL = 1;

/** A client's actions of the day, known and repaired. */
export interface ClientTotal {
  readonly client: string;
  readonly records: number;
  readonly bytes: number;
  readonly parts: number;
}

/** By client name, those with an action. */
export function clientTotals(scanned: readonly SegmentFile[], repaired: readonly SegmentFile[]): ClientTotal[] {
  const totals = new Map<string, { records: number; bytes: number }>();
  const add = (client: string, records: number, bytes: number) => {
    const total = totals.get(client) ?? { records: 0, bytes: 0 };
    totals.set(client, { records: total.records + records, bytes: total.bytes + bytes });
  };
  for (const file of scanned) for (const { client, known, bytes } of scanMeta(file).clients) add(client, known, bytes);
  for (const file of repaired) {
    for (const { client, repaired } of (file.meta as unknown as RepairMeta).clients) add(client, repaired, 0);
  }
  return [...totals]
    .filter(([, { records }]) => records > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([client, { records, bytes }]) => ({ client, records, bytes, parts: partCount(records) }));
}

export async function orderShards(run: GroupingRun): Promise<readonly Shard[]> {
  const totals = clientTotals(await run.work.openAll('scan'), await run.work.openAll('repair'));
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

export async function order(run: GroupingRun, shard: Shard): Promise<Body> {
  const { from, to } = shard as unknown as PartRange;
  const scanned = await run.work.openAll('scan');
  const repaired = await run.work.openAll('repair');
  const files = [...scanned, ...repaired];
  const parts = allParts(clientTotals(scanned, repaired)).slice(from, to);
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return streamOf(await partText(run, files, first));
  const writer = new SegmentWriter();
  for (const part of parts) writer.add(sectionOf(part), [...(await partText(run, files, part))]);
  return writer.finish();
}

/** A shard, of the parts laid end to end, client by client: those from `from` up to, not including, `to`. */
interface PartRange {
  readonly from: number;
  readonly to: number;
}

interface Part {
  readonly client: string;
  readonly part: number;
  readonly parts: number;
}

const allParts = (totals: readonly ClientTotal[]): Part[] =>
  totals.flatMap(({ client, parts }) => Array.from({ length: parts }, (_, part) => ({ client, part, parts })));

const sectionOf = ({ client, part }: Part): string => `${client}/${part}`;

/** Where the parts lie that the shards wrote, in their order. */
export async function orderedParts(run: GroupingRun, totals: readonly ClientTotal[]): Promise<readonly Piece[]> {
  const shards = (await run.work.shards('order')) as unknown as readonly PartRange[];
  const parts = allParts(totals);
  const pieces = shards.map(async ({ from, to }, shard) => {
    if (to - from === 1) return [{ key: run.work.key('order', shard) }];
    const file = await run.work.open('order', shard);
    return parts.slice(from, to).map((part) => file.piece(sectionOf(part)));
  });
  return (await Promise.all(pieces)).flat();
}

/** The text of a part, compressed where it is to be. */
async function partText(
  run: GroupingRun,
  files: readonly SegmentFile[],
  { client, part, parts }: Part,
): Promise<Iterable<Uint8Array>> {
  const range = bucketsOfPart(part, parts, bucketsOf(run));
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

/** One gzip member. */
async function gzipped(chunks: Iterable<Uint8Array>): Promise<Uint8Array[]> {
  const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: 1 << 18 });
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
