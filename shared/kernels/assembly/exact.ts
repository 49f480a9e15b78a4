/**
 * One row's least-squares problem, solved by Cholesky factorization (Hu, Koren and Volinsky 2008, equation 4).
 *
 * A = G + Σ alpha |r_i| y_i y_iᵀ + lambda n I and b = Σ_{r_i > 0} (1 + alpha r_i) y_i are summed over the row's neighbours in
 * order. Neighbours are gathered into a panel, scaled by √(alpha |r_i|), so that the sum is the panel's PᵀP. Each panel is
 * added to the same float32 matrix, so the length of a panel changes speed and memory, and no bit. A long row is cut into
 * parts of at most 4,096 neighbours: each part is summed in float32, and the parts are added in float64.
 *
 * A row whose matrix float32 cannot tell from a singular one is solved in float64 (`exact-double.ts`). The row's own numbers
 * decide that, so the decision is the same in every block and shard.
 */
import { addOuterProducts, factorize, solveFactorized } from './dense';
import { addRidge, solveInDouble } from './exact-double';
import {
  alpha,
  fixedRow,
  fourScores,
  gram,
  gramInDouble,
  indices,
  lambda,
  n,
  positiveScore,
  positives,
  rank,
  scores,
  scratch,
  scratchInDouble,
  stride,
  targets,
} from './problem';
import { dotInDouble, promoteHigh, promoteLow } from './simd';

/** A panel of 48 rows stays in the first-level cache up to rank 128. */
const PANEL: i32 = 48;

/** Most neighbours summed in float32. Equal ones add rounding errors of one sign: 300,000 of them would be off by 1 %. */
const PART: i32 = 4096;

/** Half of the distance from 1 to the next float32. */
const ROUNDING: f64 = 5.960464477539063e-8;

/**
 * The largest estimated relative error with which a float32 solution is kept. On real data (Online Retail, MovieTweetings;
 * ranks 30 to 256, alpha 1 to 40, lambda 0.01 and 1) no estimate was above 6e-6, and no error above 10 times its estimate.
 */
const LARGEST_ERROR: f64 = 6.103515625e-5;

/**
 * Writes the solution of the row with neighbours `start` … `start + count - 1` to `x`; `tally` and `setN` must have
 * been called for the row.
 * Returns the row's share of the objective at the solution, Σ_{r_i > 0} c_i - b·x. That is the data term plus lambda n |x|²,
 * because A x = b. Scratch: (kp + 1 + PANEL) float32 rows.
 */
function solveExactly(start: usize, count: i32, x: usize): f64 {
  const a = scratch;
  const b = a + (stride >> 2) * stride;
  const panel = b + stride;
  if (count > PART) {
    addInParts(start, count, a, b, panel);
  } else {
    memory.copy(a, gram, (stride >> 2) * stride);
    const ridge = <f32>(lambda * n);
    for (let f: usize = 0; f < stride; f += 4) {
      const diagonal = a + (f >> 2) * stride + f;
      f32.store(diagonal, f32.load(diagonal) + ridge);
    }
    memory.fill(b, 0, stride);
    addNeighbours(start, count, a, b, panel);
  }
  const largest = largestDiagonal(a);
  factorize(a, stride, panel);
  if (!(estimatedError(a, largest, count) <= LARGEST_ERROR)) return solveInDouble(start, count, x);
  memory.copy(x, b, stride);
  solveFactorized(a, stride, x);
  return <f64>positives + <f64>alpha * positiveScore - dotInDouble(b, x, stride);
}

/** Adds Σ alpha |r_i| y_i y_iᵀ to A and Σ_{r_i > 0} (1 + alpha r_i) y_i to b, in float32. */
function addNeighbours(start: usize, count: i32, a: usize, b: usize, panel: usize): void {
  for (let done = 0; done < count; done += PANEL) {
    const rows = min(PANEL, count - done);
    gather(start + done, rows, panel, b);
    addOuterProducts(panel, rows, a, stride);
  }
}

/** Computes A and b of a long row: the parts in float32, their sums in float64, rounded once. */
function addInParts(start: usize, count: i32, a: usize, b: usize, panel: usize): void {
  const sums = scratchInDouble;
  const matrix = (stride >> 2) * stride;
  memory.copy(sums, gramInDouble, matrix << 1);
  addRidge(sums, lambda * n);
  memory.fill(sums + (matrix << 1), 0, stride << 1);
  for (let done = 0; done < count; done += PART) {
    // b follows A in memory.
    memory.fill(a, 0, matrix + stride);
    addNeighbours(start + done, min(PART, count - done), a, b, panel);
    for (let at: usize = 0; at < matrix + stride; at += 16) {
      const part = v128.load(a + at);
      const sum = sums + (at << 1);
      v128.store(sum, f64x2.add(v128.load(sum), promoteLow(part)));
      v128.store(sum, f64x2.add(v128.load(sum, 16), promoteHigh(part)), 16);
    }
  }
  for (let at: usize = 0; at < matrix + stride; at += 4) f32.store(a + at, <f32>f64.load(sums + (at << 1)));
}

function largestDiagonal(a: usize): f32 {
  let largest: f32 = 0;
  for (let f = 0; f < rank; f++) largest = max(largest, f32.load(a + <usize>f * (stride + 4)));
  return largest;
}

/**
 * Estimates the relative error of the solution: the rounding of the sums, times the ratio of the largest diagonal element
 * of A to the least pivot of its factor. The estimate is NaN or infinite when a pivot is not positive.
 */
function estimatedError(factor: usize, largest: f32, count: i32): f64 {
  let inverse: f32 = 0;
  for (let f = 0; f < rank; f++) inverse = max(inverse, f32.load(factor + <usize>f * (stride + 4)));
  const rounding = ROUNDING * sqrt<f64>(<f64>(min(count, PART) + rank));
  return rounding * <f64>largest * <f64>inverse * <f64>inverse;
}

/** Writes panel rows √(alpha |r_i|) y_i, four at a time. Where the score is positive, b += (1 + alpha r_i) y_i. */
function gather(start: usize, rows: i32, panel: usize, b: usize): void {
  let index = indices + (start << 2);
  let score = scores + (start << 2);
  for (; rows > 0; rows -= 4, index += 16, score += 16) {
    const four = fourScores(score, rows);
    const roots = f32x4.sqrt(f32x4.mul(f32x4.splat(alpha), f32x4.abs(four)));
    // Beyond the row's end its last neighbour is repeated with weight 0. Nothing reads these rows of the panel.
    gatherFour(
      fixedRow(index),
      fixedRow(index + (min(1, rows - 1) << 2)),
      fixedRow(index + (min(2, rows - 1) << 2)),
      fixedRow(index + (min(3, rows - 1) << 2)),
      roots,
      targets(four),
      panel,
      b,
    );
    panel += 4 * stride;
  }
}

function gatherFour(
  y0: usize,
  y1: usize,
  y2: usize,
  y3: usize,
  roots: v128,
  weights: v128,
  panel: usize,
  b: usize,
): void {
  const panel1 = panel + stride;
  const panel2 = panel1 + stride;
  const panel3 = panel2 + stride;
  const root0 = v128.shuffle<f32>(roots, roots, 0, 0, 0, 0);
  const root1 = v128.shuffle<f32>(roots, roots, 1, 1, 1, 1);
  const root2 = v128.shuffle<f32>(roots, roots, 2, 2, 2, 2);
  const root3 = v128.shuffle<f32>(roots, roots, 3, 3, 3, 3);
  const weight0 = v128.shuffle<f32>(weights, weights, 0, 0, 0, 0);
  const weight1 = v128.shuffle<f32>(weights, weights, 1, 1, 1, 1);
  const weight2 = v128.shuffle<f32>(weights, weights, 2, 2, 2, 2);
  const weight3 = v128.shuffle<f32>(weights, weights, 3, 3, 3, 3);
  for (let f: usize = 0; f < stride; f += 16) {
    let part = v128.load(y0 + f);
    v128.store(panel + f, f32x4.mul(part, root0));
    let sum = f32x4.relaxed_madd(part, weight0, v128.load(b + f));
    part = v128.load(y1 + f);
    v128.store(panel1 + f, f32x4.mul(part, root1));
    sum = f32x4.relaxed_madd(part, weight1, sum);
    part = v128.load(y2 + f);
    v128.store(panel2 + f, f32x4.mul(part, root2));
    sum = f32x4.relaxed_madd(part, weight2, sum);
    part = v128.load(y3 + f);
    v128.store(panel3 + f, f32x4.mul(part, root3));
    v128.store(b + f, f32x4.relaxed_madd(part, weight3, sum));
  }
}

export { solveExactly };
