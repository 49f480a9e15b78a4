/**
 * One row's least-squares problem, solved by Cholesky factorization (Hu, Koren and Volinsky 2008, equation 4).
 *
 * A = G + Σ alpha |r_i| y_i y_iᵀ + lambda n I and b = Σ_{r_i > 0} (1 + alpha r_i) y_i, over the row's neighbours one after
 * another. Neighbours are gathered into a panel, scaled by √(alpha |r_i|), so that the sum is the panel's PᵀP; it goes on
 * in the float32 matrix from panel to panel, so the length of a panel changes speed and memory, and no bit.
 */
import { addOuterProducts, factorize, solveFactorized } from './dense';
import { alpha, fixedRow, gram, indices, lambda, positiveScore, positives, scores, scratch, stride } from './problem';
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

/** Panel rows √(alpha |r_i|) y_i, and b += (1 + alpha r_i) y_i where the score is positive. */
function gather(start: usize, rows: i32, panel: usize, b: usize): void {
  let index = indices + (start << 2);
  let score = scores + (start << 2);
  for (; rows > 0; rows--, index += 4, score += 4, panel += stride) {
    const r = f32.load(score);
    const y = fixedRow(index);
    const root = f32x4.splat(sqrt<f32>(alpha * abs<f32>(r)));
    const confidence = f32x4.splat(r > 0 ? 1 + alpha * r : 0);
    for (let f: usize = 0; f < stride; f += 32) {
      const even = v128.load(y + f);
      const odd = v128.load(y + f, 16);
      v128.store(panel + f, f32x4.mul(even, root));
      v128.store(panel + f, f32x4.mul(odd, root), 16);
      v128.store(b + f, f32x4.relaxed_madd(even, confidence, v128.load(b + f)));
      v128.store(b + f, f32x4.relaxed_madd(odd, confidence, v128.load(b + f, 16)), 16);
    }
  }
}

export { solveExactly };
