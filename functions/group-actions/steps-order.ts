/** `order`: the parts of every client, each put in order; a shard takes whole parts. */
import { createGzip } from 'node:zlib';
import type { Shard } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { bucketsOfPart, partsOf } from '../../shared/shuffle/parts.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { orderPart } from './core-order.ts';
import { type RecordBytes, readRecords } from './core-records.ts';
import type { GroupingRun } from './settings.ts';
import { type RepairMeta, scanMeta } from './steps-repair.ts';
import { bucketsOf } from './steps-scan.ts';

/** Lines that one shard puts in order, bytes: memory is about three times as much. */
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
    .map(([client, { records, bytes }]) => ({ client, records, bytes, parts: partsOf(records) }));
}

/** Parts laid end to end, client by client: a shard takes those from `from` up to, not including, `to`. */
export async function orderShards(run: GroupingRun): Promise<readonly Shard[]> {
  const totals = clientTotals(await run.work.openAll('scan'), await run.work.openAll('repair'));
  const weights = totals.flatMap(({ bytes, parts }) => Array.from({ length: parts }, () => bytes / parts));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // No more shards than parts.
  const target = total / shardCount(run, Math.min(total, weights.length * SHARD_BYTES), SHARD_BYTES);
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
  const { from, to } = shard as { from: number; to: number };
  const scanned = await run.work.openAll('scan');
  const repaired = await run.work.openAll('repair');
  const buckets = bucketsOf(run);
  const writer = new SegmentWriter();
  let at = 0;
  for (const { client, parts } of clientTotals(scanned, repaired)) {
    for (let part = 0; part < parts; part++, at++) {
      if (at < from || at >= to) continue;
      const range = bucketsOfPart(part, parts, buckets);
      const records: RecordBytes[] = [];
      for (const file of [...scanned, ...repaired]) {
        const some = await readRecords(file, client, 'action', range.from, range.to);
        if (some !== undefined) records.push(some);
      }
      const lines = orderPart(records, part, parts);
      writer.add(`${client}/${part}`, run.settings.gzipOutput ? await gzipped(lines) : [...lines]);
    }
  }
  return writer.finish();
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
