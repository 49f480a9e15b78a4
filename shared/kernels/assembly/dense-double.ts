/**
 * Dense linear algebra on small float64 matrices: for Gram matrices, and for rows that float32 cannot solve.
 *
 * Matrices are row-major, (kp,kp) with kp a multiple of 8; `stride` is the bytes of a float64 row, 8 kp. Only the upper
 * triangle of a symmetric matrix counts. The panel's rows are added in order to what memory holds, so a panel given in
 * pieces leaves the same bits as the panel given whole.
 */
import { promoteHigh, promoteLow } from './simd';
import { tile } from './tile';

/** Float32 rows that are converted to float64 at a time: a panel of 48 rows stays in the first-level cache up to rank 64. */
const PANEL_IN_DOUBLE: i32 = 48;

/** Adds LᵀR of the panels L and R (rows,kp) to the upper triangle of A (kp,kp). The product must be symmetric. */
function addProductsInDouble(left: usize, right: usize, rows: i32, a: usize, stride: usize): void {
  for (let i: usize = 0; i < stride; i += 32) {
    const row = a + (i >> 3) * stride;
    for (let j = i; j < stride; j += 32) tile<f64>(left + i, stride, right + j, stride, rows, row + j, stride);
  }
}

/** Converts `count` numbers, a multiple of 4, from float32 to float64. */
function widen(from: usize, count: i32, to: usize): void {
  for (; count > 0; count -= 4, from += 16, to += 32) {
    const four = v128.load(from);
    v128.store(to, promoteLow(four));
    v128.store(to, promoteHigh(four), 16);
  }
}

/**
 * Replaces A by its Cholesky factor: A = UᵀU with U upper, and 1 / u_jj on the diagonal. Returns the least pivot. When a
 * pivot is not above `least`, A is singular to float64: the function stops and returns that pivot, and A is no factor.
 */
function factorizeInDouble(a: usize, stride: usize, least: f64): f64 {
  let smallest = f64.MAX_VALUE;
  let row = a;
  for (let i: usize = 0; i < stride; i += 8, row += stride) {
    const from = i & ~15;
    for (let above = a; above < row; above += stride) subtract(row, f64.load(above + i), above, from, stride);
    const pivot = f64.load(row + i);
    if (!(pivot > least)) return pivot;
    smallest = min(smallest, pivot);
    const inverse = 1 / sqrt<f64>(pivot);
    const inverses = f64x2.splat(inverse);
    for (let j = from; j < stride; j += 16) v128.store(row + j, f64x2.mul(v128.load(row + j), inverses));
    f64.store(row + i, inverse);
  }
  return smallest;
}

/** row[from …] -= factor × other[from …] */
function subtract(row: usize, factor: f64, other: usize, from: usize, stride: usize): void {
  const minus = f64x2.splat(-factor);
  for (let j = from; j < stride; j += 16) {
    v128.store(row + j, f64x2.relaxed_madd(minus, v128.load(other + j), v128.load(row + j)));
  }
}

/** Solves UᵀU x = b, with U from `factorizeInDouble`. x replaces b. */
function solveFactorizedInDouble(u: usize, stride: usize, b: usize): void {
  let row = u;
  for (let j: usize = 0; j < stride; j += 8, row += stride) {
    const z = f64.load(b + j) * f64.load(row + j);
    for (let q = j + 8; q < stride; q += 8) f64.store(b + q, f64.load(b + q) - z * f64.load(row + q));
    f64.store(b + j, z);
  }
  for (let j = stride; j > 0; ) {
    j -= 8;
    row -= stride;
    let rest = f64.load(b + j);
    for (let q = j + 8; q < stride; q += 8) rest -= f64.load(row + q) * f64.load(b + q);
    f64.store(b + j, rest * f64.load(row + j));
  }
}

export { addProductsInDouble, factorizeInDouble, PANEL_IN_DOUBLE, solveFactorizedInDouble, widen };
