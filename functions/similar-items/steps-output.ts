/**
 * From candidates to lines: `select` (each item's best pairs, over all tiles, to the pair's place in the output), `format`
 * (the lines, by item1).
 *
 * The output is laid out by *shelves*: ranges of item ids with about equally many items each.
 */
import { bytesOf, doublesIn, integersIn, joined } from '../../shared/columns/bytes.ts';
import { offsetsOf, orderBy, permuted } from '../../shared/columns/counting-sort.ts';
import { Growable } from '../../shared/columns/growable.ts';
import type { Shard } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { type BucketRange, cutBuckets } from '../../shared/shuffle/buckets.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { linesOf } from './core-lines.ts';
import { type Candidates, keepBest, type PairSink } from './core-select.ts';
import { rangesOf } from './core-tile.ts';
import type { ItemRange } from './core-tiles.ts';
import type { SimilarityRun } from './settings.ts';
import { nothingSimilar, tileOf } from './steps-compare.ts';
import { grainOf, readCatalogue } from './steps-pairs.ts';

/** Candidates or kept pairs that one shard holds: some 100 bytes of memory each, and a second or two. */
const SHARD_PAIRS = 2_000_000;
const SHELVES = 1024;

/** One tile's candidates of a range of items: those of item `from + x` lie at `first + offsets[x] … offsets[x + 1]`. */
interface CandidateRange extends ItemRange {
  readonly file: SegmentFile;
  /** Of the range's first item among the tile's own. */
  readonly place: number;
}

/** The item ranges of all tiles. */
async function candidateRanges(run: SimilarityRun): Promise<CandidateRange[]> {
  const tiles = await run.work.shards('compare');
  const files = await run.work.openAll('compare');
  return files.flatMap((file, index) => {
    let place = 0;
    return rangesOf(tileOf(tiles[index]!)).map(({ from, to }) => {
      place += to - from;
      return { file, from, to, place: place - (to - from) };
    });
  });
}

/** Where the candidates of the items `from … to` begin in the tile's columns, and where the last one's end. */
async function candidateOffsets({ file, from: first, place }: CandidateRange, from: number, to: number) {
  const at = place + from - first;
  return integersIn(await file.read('offsets', { start: 4 * at, end: 4 * (at + to - from + 1) }));
}

export async function selectShards(run: SimilarityRun): Promise<readonly Shard[]> {
  const { items, width } = await grainOf(run);
  const candidates = new Float64Array(Math.ceil(items / width));
  let total = 0;
  for (const range of await candidateRanges(run)) {
    const offsets = await candidateOffsets(range, range.from, range.to);
    for (let item = range.from; item < range.to; item++) {
      const count = offsets[item - range.from + 1]! - offsets[item - range.from]!;
      candidates[Math.floor(item / width)]! += count;
      total += count;
    }
  }
  if (total === 0) throw nothingSimilar('DIMSUM drew no pair of items; a lower dimsumThreshold draws more');
  const ranges = cutBuckets(candidates, shardCount(run, total, SHARD_PAIRS));
  return ranges.map(({ from, to }) => ({ from: from * width, to: Math.min(items, to * width) }));
}

export async function select(run: SimilarityRun, shard: Shard): Promise<Body> {
  const { from, to } = shard as unknown as ItemRange;
  const parts: (Candidates & { readonly offsets: Uint32Array; readonly from: number; readonly to: number })[] = [];
  for (const range of await candidateRanges(run)) {
    const [start, end] = [Math.max(from, range.from), Math.min(to, range.to)];
    if (start >= end) continue;
    const offsets = await candidateOffsets(range, start, end);
    const part = { start: 8 * offsets[0]!, end: 8 * offsets.at(-1)! };
    const partners = doublesIn(await range.file.read('partners', part));
    const sims = doublesIn(await range.file.read('sims', part));
    parts.push({ partners, sims, offsets, from: start, to: end });
  }
  const ids = doublesIn(await (await run.work.open('weigh', 0)).read('ids', { start: 8 * from, end: 8 * to }));
  const kept = new Shelved(shelfEnds((await readCatalogue(run)).ids));
  for (let item = from; item < to; item++) {
    const own = parts.flatMap(({ partners, sims, offsets, ...range }) => {
      if (item < range.from || item >= range.to) return [];
      const first = offsets[0]!;
      const [start, end] = [offsets[item - range.from]! - first, offsets[item - range.from + 1]! - first];
      return [{ partners: partners.subarray(start, end), sims: sims.subarray(start, end) }];
    });
    keepBest(ids[item - from]!, own, run.settings.limit, kept);
  }
  const writer = new SegmentWriter();
  kept.writeTo(writer);
  return writer.finish();
}

/** The first id of every shelf but the first. */
function shelfEnds(ids: Float64Array): Float64Array {
  const shelves = Math.min(SHELVES, ids.length);
  return Float64Array.from(
    { length: shelves - 1 },
    (_, shelf) => ids[Math.floor(((shelf + 1) * ids.length) / shelves)]!,
  );
}

/** Kept pairs by the shelf of their smaller id. */
class Shelved implements PairSink {
  readonly #ends: Float64Array;
  readonly #shelves = new Growable(Uint32Array);
  readonly #low = new Growable(Float64Array);
  readonly #high = new Growable(Float64Array);
  readonly #sims = new Growable(Float64Array);

  constructor(ends: Float64Array) {
    this.#ends = ends;
  }

  add(low: number, high: number, sim: number): void {
    this.#shelves.push(this.#shelfOf(low));
    this.#low.push(low);
    this.#high.push(high);
    this.#sims.push(sim);
  }

  writeTo(writer: SegmentWriter): void {
    const shelves = this.#shelves.view();
    const offsets = offsetsOf(shelves, this.#ends.length + 1);
    const order = orderBy(shelves, offsets);
    writer.add('low', bytesOf(permuted(this.#low.view(), order)));
    writer.add('high', bytesOf(permuted(this.#high.view(), order)));
    writer.add('sims', bytesOf(permuted(this.#sims.view(), order)));
    writer.add('offsets', bytesOf(offsets));
  }

  /** How many ends are at most `id`. */
  #shelfOf(id: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle]! <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export async function formatShards(run: SimilarityRun): Promise<readonly Shard[]> {
  let pairs: Float64Array | undefined;
  for (const file of await run.work.openAll('select')) {
    const offsets = integersIn(await file.read('offsets'));
    pairs ??= new Float64Array(offsets.length - 1);
    for (let shelf = 0; shelf < pairs.length; shelf++) pairs[shelf]! += offsets[shelf + 1]! - offsets[shelf]!;
  }
  const shelves = pairs ?? new Float64Array(1);
  const total = shelves.reduce((sum, count) => sum + count, 0);
  return cutBuckets(shelves, shardCount(run, total, SHARD_PAIRS)).map(({ from, to }) => ({ from, to }));
}

export async function format(run: SimilarityRun, shard: Shard): Promise<Body> {
  const { from, to } = shard as unknown as BucketRange;
  const columns = { low: [] as Float64Array[], high: [] as Float64Array[], sims: [] as Float64Array[] };
  for (const file of await run.work.openAll('select')) {
    const offsets = integersIn(await file.read('offsets'));
    const part = { start: 8 * offsets[from]!, end: 8 * offsets[to]! };
    columns.low.push(doublesIn(await file.read('low', part)));
    columns.high.push(doublesIn(await file.read('high', part)));
    columns.sims.push(doublesIn(await file.read('sims', part)));
  }
  const { low, high, sims } = columns;
  const { text, lengths, notFinite } = linesOf({ low: joined(low), high: joined(high), sims: joined(sims) });
  const writer = new SegmentWriter();
  writer.add('text', text);
  writer.add('lengths', lengths);
  return writer.finish({ records: lengths.length, notFinite });
}
