/** `join`: item sets and the supports of their antecedents to rules. `order`: a range of scores, sorted, as text. */
import type { Shard } from '../../shared/job/job.ts';
import type { Body } from '../../shared/store/store.ts';
import { ruleLines, rulesIn, SCORE_BUCKETS } from './core-rules.ts';
import type { RulesRun } from './settings.ts';
import { BUCKETS, bucketRanges, rangeOf, readRows, writeRows } from './shuffle.ts';
import { readRanks } from './steps-mine.ts';

/** Cells of joined rows that one shard holds. */
const JOIN_CELLS = 1 << 24;
/** Cells of rules that one shard sorts, each rule several: hundreds of bytes of memory each meanwhile. */
const ORDER_CELLS = 1 << 21;
/** Lines go out in chunks of so many. */
const CHUNK_LINES = 4096;

export const joinShards = async (run: RulesRun): Promise<readonly Shard[]> =>
  bucketRanges(run, await run.work.openAll('mine'), BUCKETS, JOIN_CELLS);

export async function join(run: RulesRun, shard: Shard): Promise<Body> {
  const ranks = await readRanks(run);
  const joined = await readRows(run, 'mine', rangeOf(shard));
  return writeRows(rulesIn(joined, ranks, ranks.baskets, run.settings));
}

export const orderShards = async (run: RulesRun): Promise<readonly Shard[]> =>
  bucketRanges(run, await run.work.openAll('join'), SCORE_BUCKETS, ORDER_CELLS);

export async function order(run: RulesRun, shard: Shard): Promise<Body> {
  const ranks = await readRanks(run);
  return inChunks(ruleLines(await readRows(run, 'join', rangeOf(shard)), ranks, ranks.baskets));
}

async function* inChunks(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < lines.length; at += CHUNK_LINES) yield Buffer.from(lines.slice(at, at + CHUNK_LINES).join(''));
}
