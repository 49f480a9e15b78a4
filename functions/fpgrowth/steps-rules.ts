/**
 * `join` makes rules from item sets and the counts of their antecedents. `order` sorts the rules of a range of scores, and
 * writes them as text.
 */
import type { MapStep } from '../../shared/job/job.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { ruleLines, rulesIn, SCORE_BUCKETS } from './core-rules.ts';
import type { RulesSettings } from './settings.ts';
import { BUCKETS, bucketRanges, type RowsMeta, readAllRows, rowsObject } from './shuffle.ts';
import { mine, readRanks } from './steps-mine.ts';

/** The cells of joined rows in the memory of one shard. */
const JOIN_CELLS = 1 << 24;
/**
 * The cells of rules that one shard sorts. A rule has several cells, and takes hundreds of bytes of memory while it is sorted.
 */
const ORDER_CELLS = 1 << 21;
/** The number of lines in a chunk of text. */
const CHUNK_LINES = 4096;

export const join: MapStep<RulesSettings, BucketRange, RowsMeta> = {
  kind: 'map',
  name: 'join',
  memoryMb: 1769,
  timeoutSeconds: 900,
  shards: async (run) => bucketRanges(run, await run.work.openAll(mine), BUCKETS, JOIN_CELLS),
  run: async (run, range) => {
    const ranks = await readRanks(run);
    const joined = await readAllRows(run, mine, range);
    return rowsObject(rulesIn(joined, ranks, ranks.baskets, run.settings), {});
  },
};

export const order: MapStep<RulesSettings, BucketRange> = {
  kind: 'map',
  name: 'order',
  memoryMb: 1769,
  timeoutSeconds: 900,
  publishes: true,
  shards: async (run) => bucketRanges(run, await run.work.openAll(join), SCORE_BUCKETS, ORDER_CELLS),
  run: async (run, range) => {
    const ranks = await readRanks(run);
    return inChunks(ruleLines(await readAllRows(run, join, range), ranks, ranks.baskets));
  },
};

async function* inChunks(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < lines.length; at += CHUNK_LINES) yield Buffer.from(lines.slice(at, at + CHUNK_LINES).join(''));
}
