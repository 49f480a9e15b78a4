/**
 * Solves one row's least-squares problem in float64, by the formulas of `exact.ts`. It is for rows that float32 cannot solve.
 *
 * In such rows one direction outweighs all others. An item that every user has makes the users' vectors almost parallel. Its
 * matrix is some 10^4 to 10^9 times as long in their direction as in the others, where only lambda n counts. An error of
 * rounding to 24 bits is then larger than lambda n.
 */
import {
  addProductsInDouble,
  factorizeInDouble,
  PANEL_IN_DOUBLE,
  solveFactorizedInDouble,
  widen,
} from './dense-double';
import {
  alpha,
  fixedRow,
  gramInDouble,
  indices,
  lambda,
  n,
  positiveScore,
  positives,
  scores,
  scratchInDouble,
  stride,
} from './problem';

/** Half of the distance from 1 to the next float64. */
const ROUNDING: f64 = 1.1102230246251565e-16;

/**
 * Writes the solution to `x` (kp) float32 and returns the row's share of the objective, as `solveExactly` does. Returns NaN
 * when the matrix is singular even to float64. Scratch: (kp + 1 + 2 × PANEL_IN_DOUBLE) float64 rows.
 */
function solveInDouble(start: usize, count: i32, x: usize): f64 {
  const wide = stride << 1;
  const a = scratchInDouble;
  const b = a + (stride >> 2) * wide;
  const panel = b + wide;
  const weighted = panel + <usize>PANEL_IN_DOUBLE * wide;
  memory.copy(a, gramInDouble, (stride >> 2) * wide);
  addRidge(a, lambda * n);
  memory.fill(b, 0, wide);
  for (let done = 0; done < count; done += PANEL_IN_DOUBLE) {
    const rows = min(PANEL_IN_DOUBLE, count - done);
    gather(start + done, rows, panel, weighted, b);
    addProductsInDouble(weighted, panel, rows, a, wide);
  }
  // A pivot that is no larger than its own rounding error has no meaning.
  const least = ROUNDING * sqrt<f64>(<f64>count + <f64>(stride >> 2)) * largestDiagonal(a);
  if (!(factorizeInDouble(a, wide, least) > least)) return NaN;
  // The solution will replace b, so b is copied to the panel's memory, which is free again.
  memory.copy(panel, b, wide);
  solveFactorizedInDouble(a, wide, b);
  let product: f64 = 0;
  for (let f: usize = 0; f < wide; f += 8) {
    product += f64.load(panel + f) * f64.load(b + f);
    f32.store(x + (f >> 1), <f32>f64.load(b + f));
  }
  return <f64>positives + <f64>alpha * positiveScore - product;
}

function addRidge(a: usize, ridge: f64): void {
  const wide = stride << 1;
  for (let f: usize = 0; f < wide; f += 8) {
    const diagonal = a + (f >> 3) * wide + f;
    f64.store(diagonal, f64.load(diagonal) + ridge);
  }
}

function largestDiagonal(a: usize): f64 {
  const wide = stride << 1;
  let largest: f64 = 0;
  for (let f: usize = 0; f < wide; f += 8) largest = max(largest, f64.load(a + (f >> 3) * wide + f));
  return largest;
}

/** Writes panel rows y_i and weighted rows alpha |r_i| y_i. Where the score is positive, b += (1 + alpha r_i) y_i. */
function gather(start: usize, rows: i32, panel: usize, weighted: usize, b: usize): void {
  const wide = stride << 1;
  for (let row = 0; row < rows; row++, panel += wide, weighted += wide) {
    const at = (start + row) << 2;
    const score = <f64>f32.load(scores + at);
    const weight = <f64>alpha * abs(score);
    const target: f64 = score > 0 ? 1 + weight : 0;
    widen(fixedRow(indices + at), <i32>(stride >> 2), panel);
    for (let f: usize = 0; f < wide; f += 8) {
      const y = f64.load(panel + f);
      f64.store(weighted + f, weight * y);
      f64.store(b + f, f64.load(b + f) + target * y);
    }
  }
}

export { addRidge, solveInDouble };
