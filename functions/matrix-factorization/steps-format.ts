/**
 * `format` and `merge`: factors to the text that the serving reader opens. `format` writes a shard's rows by ascending id;
 * `merge` makes one file of each side, once plain and once as gzip, from those sorted runs.
 */
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Shard } from '../../shared/job/job.ts';
import { chunkBytesOf } from '../../shared/shuffle/least-first.ts';
import { SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { factorLines } from './core-text.ts';
import { readSolved } from './matrix-object.ts';
import { mergeLines } from './merge-lines.ts';
import type { FactorizationRun } from './settings.ts';
import { finalIterations, sideOf } from './steps-sweep.ts';

/** The section that a shard's text stands in. */
const TEXT = 'text';

export async function formatShards(run: FactorizationRun): Promise<readonly Shard[]> {
  const shards: Shard[] = [];
  for (const iteration of finalIterations(run)) {
    const solved = await run.work.shards('solve', iteration);
    shards.push(...solved.map((_, solve) => ({ side: sideOf(iteration), iteration, solve })));
  }
  return shards;
}

export async function formatFactors(run: FactorizationRun, shard: Shard): Promise<Body> {
  const file = await run.work.open('solve', shard.solve as number, shard.iteration as number);
  const { ids, factors } = await readSolved(file);
  const writer = new SegmentWriter();
  writer.add(TEXT, factorLines(ids, factors, run.settings.rank));
  return writer.finish();
}

export const mergeShards = async (): Promise<readonly Shard[]> =>
  ['items', 'users'].flatMap((side) => [
    { side, gzip: false },
    { side, gzip: true },
  ]);

export async function merge(run: FactorizationRun, shard: Shard): Promise<Body> {
  const formatted = await run.work.shards('format');
  const own = formatted.flatMap(({ side }, index) => (side === shard.side ? [index] : []));
  const runs = await Promise.all(own.map((index) => run.work.open('format', index)));
  const chunkBytes = chunkBytesOf(runs.length);
  const lines = mergeLines(runs.map((file) => file.stream(TEXT, undefined, { chunkBytes })));
  if (!shard.gzip) return lines;
  // One member, because Java's reader may stop after the first; level 1: digits hardly shrink further.
  const gzip = createGzip({ level: 1, chunkSize: 1 << 18 });
  // A source that fails destroys `gzip` with its error: who reads that hears of it, the callback need not say it again.
  pipeline(Readable.from(lines), gzip, () => undefined);
  return gzip;
}
