/**
 * One row's least-squares problem, solved by Cholesky factorization (Hu, Koren and Volinsky 2008, equation 4).
 *
 * A = G + Σ alpha |r_i| y_i y_iᵀ + lambda n I and b = Σ_{r_i > 0} (1 + alpha r_i) y_i, over the row's neighbours one after
 * another. Neighbours are gathered into a panel, scaled by √(alpha |r_i|), so that the sum is the panel's PᵀP; it goes on
 * in the float32 matrix from panel to panel, so the length of a panel changes speed and memory, and no bit.
 */
import { addOuterProducts, factorize, solveFactorized } from './dense';
import {
  alpha,
  fixedRow,
  fourScores,
  gram,
  indices,
  lambda,
  positiveScore,
  positives,
  scores,
  scratch,
  stride,
  targets,
} from './problem';
import { dotInDouble } from './simd';

/** A panel of 48 rows stays in the first-level cache up to rank 128. */
const PANEL: i32 = 48;

/**
 * Writes the solution of the row with neighbours `start` … `start + count - 1` to `x`, after `tally`. Scratch: (kp + 49)
 * rows. Returns the row's share of the objective at the solution: Σ_{r_i > 0} c_i - b·x, which is the data term plus
 * lambda n |x|², because A x = b there.
 */
function solveExactly(start: usize, count: i32, x: usize): f64 {
  const a = scratch;
  const b = a + (stride >> 2) * stride;
  const panel = b + stride;
  memory.copy(a, gram, (stride >> 2) * stride);
  const ridge = <f32>(lambda * <f64>positives);
  for (let f: usize = 0; f < stride; f += 4) {
    const diagonal = a + (f >> 2) * stride + f;
    f32.store(diagonal, f32.load(diagonal) + ridge);
  }
  memory.fill(b, 0, stride);
  for (let done = 0; done < count; done += PANEL) {
    const rows = min(PANEL, count - done);
    gather(start + done, rows, panel, b);
    addOuterProducts(panel, rows, a, stride);
  }
  factorize(a, stride, panel);
  memory.copy(x, b, stride);
  solveFactorized(a, stride, x);
  return <f64>positives + <f64>alpha * positiveScore - dotInDouble(b, x, stride);
}

/** Panel rows √(alpha |r_i|) y_i, and b += (1 + alpha r_i) y_i where the score is positive, four neighbours at a time. */
function gather(start: usize, rows: i32, panel: usize, b: usize): void {
  let index = indices + (start << 2);
  let score = scores + (start << 2);
  for (; rows > 0; rows -= 4, index += 16, score += 16) {
    const four = fourScores(score, rows);
    const roots = f32x4.sqrt(f32x4.mul(f32x4.splat(alpha), f32x4.abs(four)));
    // Beyond the row's end its last neighbour comes again, with weight 0, into panel rows that nobody reads.
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
