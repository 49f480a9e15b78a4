/**
 * The positions of a half-sweep's parts in memory, and the functions on a row's scores that both solvers use.
 *
 * R rows in the block, F fixed rows, K rank, kp = K rounded up to a multiple of 8. All rows are kp float32, padding zero.
 */
import { promoteHigh, promoteLow, sumDoubles } from './simd';

/** The bytes of a row: 4 kp. */
let stride: usize = 0;
/** K: the factors from K on are padding. */
let rank: i32 = 0;
let lambda: f64 = 0;
let alpha: f32 = 0;
/** (F,kp), with memory up to a multiple of four rows. */
let fixed: usize = 0;
/** (R,kp), with memory up to a multiple of four rows: the warm start, then the solution. */
let solution: usize = 0;
/** (R+1) u32: row u has the neighbours pointers[u] … pointers[u+1] - 1. */
let pointers: usize = 0;
/** (nnz) u32: row numbers in `fixed`. */
let indices: usize = 0;
/** (nnz) f32, followed by 12 bytes that may be read. */
let scores: usize = 0;
/** (R) f64: n of each row, when it is not the number of the row's positive scores. */
let rowCounts: usize = 0;
/** Exact: the Gram matrix (kp,kp), 1 on the padded diagonal. PCG: its eigenvalues (kp), 1 in the padding. */
let gram: usize = 0;
/** PCG: the eigenvectors as columns (kp,kp), then as rows (kp,kp). */
let eigenvectors: usize = 0;
/** Exact: the Gram matrix (kp,kp) in float64, 1 on the padded diagonal. */
let gramInDouble: usize = 0;
/** 64-byte aligned; each solver states the size that it needs. */
let scratch: usize = 0;
/** Exact: the scratch of the float64 computations. */
let scratchInDouble: usize = 0;

/** The result of `tally`: the number of positive scores in a row, and their sum. */
let positives: i32 = 0;
let positiveScore: f64 = 0;
/** n of the current row: the regularisation is lambda n |x|². */
let n: f64 = 0;

/** Sets the options and the positions of all parts. It must be called once, before any other function. */
function place(
  factors: i32,
  regularization: f64,
  confidence: f64,
  fixedAt: usize,
  solutionAt: usize,
  pointersAt: usize,
  indicesAt: usize,
  scoresAt: usize,
  rowCountsAt: usize,
  gramAt: usize,
  eigenvectorsAt: usize,
  scratchAt: usize,
  gramInDoubleAt: usize,
  scratchInDoubleAt: usize,
): void {
  rank = factors;
  stride = (<usize>((factors + 7) & ~7)) << 2;
  lambda = regularization;
  alpha = <f32>confidence;
  fixed = fixedAt;
  solution = solutionAt;
  pointers = pointersAt;
  indices = indicesAt;
  scores = scoresAt;
  rowCounts = rowCountsAt;
  gram = gramAt;
  eigenvectors = eigenvectorsAt;
  scratch = scratchAt;
  gramInDouble = gramInDoubleAt;
  scratchInDouble = scratchInDoubleAt;
}

/** Returns the position of the fixed row of the neighbour whose index is stored at `index`. */
function fixedRow(index: usize): usize {
  return fixed + <usize>load<u32>(index) * stride;
}

/** Returns the four scores at `at`. The row has `left` more scores, and those beyond are 0. */
function fourScores(at: usize, left: i32): v128 {
  const four = v128.load(at);
  return left >= 4 ? four : v128.and(four, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left)));
}

/** Returns the factor of y_i with which each of four neighbours is added to b: 1 + alpha r_i for a positive score, else 0. */
function targets(four: v128): v128 {
  const confidence = f32x4.relaxed_madd(f32x4.splat(alpha), four, f32x4.splat(1));
  return v128.and(confidence, f32x4.gt(four, f32x4.splat(0)));
}

/** Counts the positive scores among `count` scores, and sums them in float64. */
function tally(at: usize, count: i32): void {
  let found = i32x4.splat(0);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (; count > 0; count -= 4, at += 16) {
    const four = fourScores(at, count);
    const isPositive = f32x4.gt(four, f32x4.splat(0));
    const kept = v128.and(four, isPositive);
    found = i32x4.sub(found, isPositive);
    low = f64x2.add(low, promoteLow(kept));
    high = f64x2.add(high, promoteHigh(kept));
  }
  found = i32x4.add(found, v128.shuffle<i32>(found, found, 2, 3, 0, 1));
  positives = i32x4.extract_lane(found, 0) + i32x4.extract_lane(found, 1);
  positiveScore = sumDoubles(f64x2.add(low, high));
}

/** Sets n of row `u`, whose scores are counted: to the given one, or to the number of positive scores. */
function setN(u: i32, given: bool): void {
  n = given ? load<f64>(rowCounts + ((<usize>u) << 3)) : <f64>positives;
}

export {
  alpha,
  eigenvectors,
  fixed,
  fixedRow,
  fourScores,
  gram,
  gramInDouble,
  indices,
  lambda,
  n,
  place,
  pointers,
  positiveScore,
  positives,
  rank,
  scores,
  scratch,
  scratchInDouble,
  setN,
  solution,
  stride,
  tally,
  targets,
};
