/**
 * Blocks: how users and items are laid out, by the data alone.
 *
 * An id's block follows from its hash, so blocks are of like size whatever the ids look like; within a block rows stand
 * by ascending id. *Layout order* is (block, id). The number of blocks is a power of two that follows from the input's
 * size, so that sums over blocks can be taken up a binary tree of fixed shape (`core-tree.ts`): which shard works on
 * which blocks changes no bit.
 */
import { offsetsOf, orderBy, permuted } from '../../shared/columns/counting-sort.ts';
import { bucketOf, hashId } from '../../shared/model/stable-hash.ts';

/** Text that one block of a large input stands for, bytes: thousands of pairs, so that a block's own costs do not show. */
const BLOCK_BYTES = 1 << 22;
const MAX_BLOCKS = 1 << 16;
/** A small input is cut finer, up to so many blocks: shards need blocks to be made of. */
const SMALL_BLOCK_BYTES = 1 << 17;
const SMALL_BLOCKS = 16;

/** A power of two. `inputBytes`: the text to be read (`weightOfAll`). */
export function blockCount(inputBytes: number): number {
  const fine = Math.min(SMALL_BLOCKS, powerOfTwoFrom(inputBytes / SMALL_BLOCK_BYTES));
  return Math.min(MAX_BLOCKS, Math.max(fine, powerOfTwoFrom(inputBytes / BLOCK_BYTES)));
}

function powerOfTwoFrom(least: number): number {
  let power = 1;
  while (power < least) power *= 2;
  return power;
}

/** 0 to blocks − 1. */
export const blockOf = (id: number, blocks: number): number => bucketOf(hashId(id), blocks);

/** Whether `a` stands before `b` in layout order. */
export function isBefore(a: number, b: number, blocks: number): boolean {
  const blockA = blockOf(a, blocks);
  const blockB = blockOf(b, blocks);
  return blockA < blockB || (blockA === blockB && a < b);
}

/** Distinct ids put in layout order, and where the rows of each block begin: `offsets` (blocks + 1). */
export function layOut(ids: Float64Array, blocks: number): { ids: Float64Array; offsets: Uint32Array<ArrayBuffer> } {
  const ascending = Float64Array.from(ids).sort();
  const block = Uint32Array.from(ascending, (id) => blockOf(id, blocks));
  const offsets = offsetsOf(block, blocks);
  return { ids: permuted(ascending, orderBy(block, offsets)), offsets };
}

/** Cuts blocks into contiguous ranges of about equal weight: at most `parts`, none empty of blocks. */
export function cutBlocks(weights: ArrayLike<number>, parts: number): { from: number; to: number }[] {
  let total = 0;
  for (let block = 0; block < weights.length; block++) total += weights[block] as number;
  const ranges: { from: number; to: number }[] = [];
  let from = 0;
  let seen = 0;
  for (let block = 0; block < weights.length; block++) {
    seen += weights[block] as number;
    const left = weights.length - block - 1;
    const wanted = parts - ranges.length - 1;
    // Close the range when it has its share, or when every block left is needed for a range of its own.
    if (wanted > 0 && (seen >= (total * (ranges.length + 1)) / parts || left <= wanted)) {
      ranges.push({ from, to: block + 1 });
      from = block + 1;
    }
  }
  if (from < weights.length) ranges.push({ from, to: weights.length });
  return ranges;
}
