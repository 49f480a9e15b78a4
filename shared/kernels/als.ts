/**
 * Implicit ALS on typed arrays: the parts of a sweep, independent of users, items, shards and files.
 *
 * A half-sweep takes `gramOf` of the fixed side, calls `HalfSweep.start`, then `solve` block by block. `solve` returns the
 * data term and the regularisation of the solved side as sums. With lambda × Σ n |y|² of the fixed side added, they are the
 * objective of the model.
 */
export { fusedMultiplyAdd, paddedRank } from './als-instance.ts';
export type { Eigen } from './eigen.ts';
export { eigenOfGram, GRAM_LEAF_ROWS, gramOf } from './gram.ts';
export { type BlockSums, HalfSweep, type RowBlock } from './half-sweep.ts';
export type { HalfSweepOptions, Solver } from './half-sweep-memory.ts';
export { startVector } from './start-vector.ts';
