/**
 * The objective of vectors of zeros, which a model must beat. Such vectors predict 0 for each positive pair, whose
 * preference is 1. The squared error of 1 costs the pair's confidence:
 *
 *     L(0) = Σ over pairs with a positive score of 1 + alpha × score
 *
 * The sum is taken in float64, block by block up a tree of fixed shape, so no cut into shards changes a bit of it.
 */
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import type { SideMatrix } from './core-matrix.ts';
import { addNumbers, TreeSum } from './core-tree.ts';

/** Returns the sum over the rows of a range of blocks. */
export function zerosOverBlocks(
  { blockRows, ptr, score }: Pick<SideMatrix, 'blockRows' | 'ptr' | 'score'>,
  alpha: number,
  { from, to }: BucketRange,
): TreeSum<number> {
  const tree = new TreeSum(addNumbers);
  for (let block = from; block < to; block++) {
    const start = ptr[blockRows[block]!]!;
    const end = ptr[blockRows[block + 1]!]!;
    let sum = 0;
    for (let pair = start; pair < end; pair++) {
      const value = score[pair]!;
      if (value > 0) sum += 1 + alpha * value;
    }
    tree.push({ level: 0, index: block, sum });
  }
  return tree;
}
