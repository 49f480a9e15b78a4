/**
 * `format` and `merge` turn factors into the text that the serving reader opens. `format` writes the rows of a shard by
 * ascending id. `merge` makes one file of each side from these sorted runs, once plain and once as gzip.
 */

import type { MapStep } from '../../shared/job/job.ts';
import { gzipChunks } from '../../shared/lines/gzip.ts';
import { chunkBytesOf } from '../../shared/shuffle/least-first.ts';
import { type SegmentBody, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import type { Side } from '../../shared/verdict/judging.ts';
import { factorLines } from './core-text.ts';
import { finalIterations } from './half-sweeps.ts';
import { mergeLines } from './merge-lines.ts';
import type { FactorizationRun, FactorizationSettings } from './settings.ts';
import { score, transpose } from './steps-score.ts';
import { readSolved, solve } from './steps-solve.ts';

/** The section that holds a shard's text. */
const TEXT = 'text';

/** The order of the shards and of the output's files. */
const SIDES: readonly Side[] = ['items', 'users'];

/** A shard of `solve` in an iteration. */
type FormatShard = { readonly side: Side; readonly iteration: number; readonly solve: number };

export const format: MapStep<FactorizationSettings, FormatShard, null> = {
  kind: 'map',
  name: 'format',
  memoryMb: 1769,
  timeoutSeconds: 900,
  follows: [score, transpose],
  shards: async (run) => {
    const iterations = finalIterations(run.settings);
    const shards: FormatShard[] = [];
    for (const side of SIDES) {
      const iteration = iterations[side];
      for (const { index } of await run.work.shards(solve, iteration)) shards.push({ side, iteration, solve: index });
    }
    return shards;
  },
  run: formatFactors,
};

async function formatFactors(run: FactorizationRun, shard: FormatShard): Promise<SegmentBody<null>> {
  const { ids, factors } = await readSolved(await run.work.open(solve, shard.solve, shard.iteration));
  const writer = new SegmentWriter();
  writer.add(TEXT, factorLines(ids, factors, run.settings.rank));
  return writer.finish();
}

/** One output file. */
type MergeShard = { readonly side: Side; readonly gzip: boolean };

export const merge: MapStep<FactorizationSettings, MergeShard> = {
  kind: 'map',
  name: 'merge',
  memoryMb: 1769,
  timeoutSeconds: 900,
  publishes: true,
  shards: async () =>
    SIDES.flatMap((side) => [
      { side, gzip: false },
      { side, gzip: true },
    ]),
  run: mergeText,
};

async function mergeText(run: FactorizationRun, { side, gzip }: MergeShard): Promise<Body> {
  const formatted = await run.work.shards(format);
  const own = formatted.filter((shard) => shard.side === side);
  const files = await Promise.all(own.map(({ index }) => run.work.open(format, index)));
  const chunkBytes = chunkBytesOf(files.length);
  const lines = mergeLines(files.map((file) => file.stream(TEXT, undefined, { chunkBytes })));
  return gzip ? gzipChunks(lines) : lines;
}
