/** Factors and scores for tests of the kernels. The same seed gives the same values. */
import { paddedRank, type RowBlock, startVector } from '../../shared/kernels/als.ts';
import { philox } from '../../shared/kernels/philox.ts';

/** Returns random rows of about unit length, (count,Kp). */
export function randomFactors(count: number, rank: number, seed: number): Float32Array {
  const rows = new Float32Array(count * paddedRank(rank));
  for (let r = 0; r < count; r++) startVector(seed, r, rank, rows, r * paddedRank(rank));
  return rows;
}

/**
 * Returns a block with one row for each of `sizes`, which is its number of neighbours among the `fixedRows`. Scores are
 * 0.5 to 5; about a quarter of them is negative.
 */
export function randomBlock(sizes: readonly number[], fixedRows: number, seed: number): RowBlock {
  const ptr = Uint32Array.from([0, ...sizes]);
  for (let u = 0; u < sizes.length; u++) ptr[u + 1]! += ptr[u]!;
  const idx: number[] = [];
  const score: number[] = [];
  sizes.forEach((size, u) => {
    const shuffled = Array.from({ length: fixedRows }, (_, i) => ({ i, words: randomWords(i, u, seed) }));
    const chosen = shuffled.sort((a, b) => a.words[0]! - b.words[0]! || a.i - b.i).slice(0, size);
    for (const { i, words } of chosen.sort((a, b) => a.i - b.i)) {
      idx.push(i);
      score.push((0.5 + (words[1]! % 10) / 2) * (words[2]! % 4 === 0 ? -1 : 1));
    }
  });
  return { ptr, idx: Uint32Array.from(idx), score: Float32Array.from(score) };
}

/** Returns a block of the rows from `from` (inclusive) to `to` (exclusive). */
export function sliceBlock({ ptr, idx, score, n }: RowBlock, from: number, to: number): RowBlock {
  const [start, end] = [ptr[from]!, ptr[to]!];
  return {
    ptr: ptr.slice(from, to + 1).map((at) => at - start),
    idx: idx.slice(start, end),
    score: score.slice(start, end),
    n: n?.slice(from, to),
  };
}

function randomWords(i: number, u: number, seed: number): Uint32Array {
  const words = new Uint32Array(4);
  philox(i, u, 0, 0, seed, 1, words);
  return words;
}
