/**
 * Implicit ALS on typed arrays: the parts of a sweep, with no idea of users, items, shards or files.
 *
 * A half-sweep: `gramOf` the fixed side, `HalfSweep.start`, then `solve` block by block.
 * The data term and the regularisation of the solved side come back as sums; lambda × Σ n |y|² of the fixed side makes
 * them the objective of the model.
 */
export { fusedMultiplyAdd, paddedRank } from './als-instance.ts';
export { type Eigen, eigenSymmetric } from './eigen.ts';
export { GRAM_LEAF_ROWS, gramOf } from './gram.ts';
export { type BlockSums, HalfSweep, type RowBlock } from './half-sweep.ts';
export type { HalfSweepOptions, Solver } from './half-sweep-memory.ts';
export { startVector } from './start-vector.ts';
