/**
 * Dense linear algebra on small float64 matrices: for Gram matrices, and for rows that float32 cannot solve.
 *
 * Matrices are row-major, (kp,kp) with kp a multiple of 8; `stride` is the bytes of a float64 row, 8 kp. Of a symmetric
 * matrix only the upper triangle counts. Every element is summed in the order of the panel's rows into what memory holds,
 * so a panel given in pieces leaves the same bits as the panel given whole.
 */
import { promoteHigh, promoteLow } from './simd';

/** Rows of float32 that are made float64 at a time: a panel of 48 rows stays in the first-level cache up to rank 64. */
const PANEL_IN_DOUBLE: i32 = 48;

/** C (4,4) += Σ_r left[r, 0..3]ᵀ right[r, 0..3]: eight accumulators, so that the latency of a multiply-add is hidden. */
function tile(left: usize, right: usize, rows: i32, c: usize, stride: usize): void {
  const c1 = c + stride;
  const c2 = c1 + stride;
  const c3 = c2 + stride;
  let a0 = v128.load(c);
  let b0 = v128.load(c, 16);
  let a1 = v128.load(c1);
  let b1 = v128.load(c1, 16);
  let a2 = v128.load(c2);
  let b2 = v128.load(c2, 16);
  let a3 = v128.load(c3);
  let b3 = v128.load(c3, 16);
  for (; rows > 0; rows--) {
    const a = v128.load(right);
    const b = v128.load(right, 16);
    let s = v128.load64_splat(left);
    a0 = f64x2.relaxed_madd(s, a, a0);
    b0 = f64x2.relaxed_madd(s, b, b0);
    s = v128.load64_splat(left, 8);
    a1 = f64x2.relaxed_madd(s, a, a1);
    b1 = f64x2.relaxed_madd(s, b, b1);
    s = v128.load64_splat(left, 16);
    a2 = f64x2.relaxed_madd(s, a, a2);
    b2 = f64x2.relaxed_madd(s, b, b2);
    s = v128.load64_splat(left, 24);
    a3 = f64x2.relaxed_madd(s, a, a3);
    b3 = f64x2.relaxed_madd(s, b, b3);
    left += stride;
    right += stride;
  }
  v128.store(c, a0);
  v128.store(c, b0, 16);
  v128.store(c1, a1);
  v128.store(c1, b1, 16);
  v128.store(c2, a2);
  v128.store(c2, b2, 16);
  v128.store(c3, a3);
  v128.store(c3, b3, 16);
}

/** A (kp,kp), upper triangle, += LᵀR of the panels L and R (rows,kp), where that product is symmetric. */
function addProductsInDouble(left: usize, right: usize, rows: i32, a: usize, stride: usize): void {
  for (let i: usize = 0; i < stride; i += 32) {
    const row = a + (i >> 3) * stride;
    for (let j = i; j < stride; j += 32) tile(left + i, right + j, rows, row + j, stride);
  }
}

/** `count` float32, a multiple of 4, as float64. */
function widen(from: usize, count: i32, to: usize): void {
  for (; count > 0; count -= 4, from += 16, to += 32) {
    const four = v128.load(from);
    v128.store(to, promoteLow(four));
    v128.store(to, promoteHigh(four), 16);
  }
}

/**
 * Cholesky factor in place: A = UᵀU, U upper; the diagonal is left holding 1 / u_jj. Returns the least pivot, and stops at
 * one that is not above `least`: then A is singular to float64, and what is left is no factor.
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

/** Solves UᵀU x = b in place of b, U from `factorizeInDouble`. */
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
