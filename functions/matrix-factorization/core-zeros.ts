/**
 * The objective of vectors of zeros, which a model must beat: each positive pair, whose preference of 1 is predicted as 0, costs
 * its confidence.
 *
 *     L(0) = Σ over pairs with a positive score of 1 + alpha × score
 *
 * Summed block by block up a tree of fixed shape, in double, so no shard changes a bit of it.
 */
import type { SideMatrix } from './core-matrix.ts';
import { addNumbers, TreeSum } from './core-tree.ts';

/** Over the rows of the blocks `from` up to, not including, `to`. */
export function zerosOverBlocks(
  { blockRows, ptr, score }: Pick<SideMatrix, 'blockRows' | 'ptr' | 'score'>,
  alpha: number,
  from: number,
  to: number,
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
