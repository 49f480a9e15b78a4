/**
 * Dense linear algebra on small float32 matrices.
 *
 * Matrices are row-major, (kp,kp) with kp a multiple of 8; `stride` is the bytes of a row. Only the upper triangle of a
 * symmetric matrix counts; the lower one is scratch. The panel's rows are added in order to what memory holds, so a panel
 * given in pieces leaves the same bits as the panel given whole.
 */
import { sum } from './simd';
import { tile } from './tile';

/** Adds PᵀP of the panel P (rows,kp) to the upper triangle of A (kp,kp). */
function addOuterProducts(panel: usize, rows: i32, a: usize, stride: usize): void {
  for (let i: usize = 0; i < stride; i += 16) {
    const row = a + (i >> 2) * stride;
    for (let j = i & ~31; j < stride; j += 32) tile<f32>(panel + i, stride, panel + j, stride, rows, row + j, stride);
  }
}

/**
 * Replaces A by its Cholesky factor, four rows at a time: A = UᵀU with U upper, and 1 / u_jj on the diagonal. A pivot that
 * is not positive leaves NaN or infinities, which reach every solution computed from the factor. `scratch` holds four rows.
 */
function factorize(a: usize, stride: usize, scratch: usize): void {
  for (let i: usize = 0; i < stride; i += 16) {
    const row = a + (i >> 2) * stride;
    // Subtracts the outer product of the rows above: adds the product of these rows and their negative.
    const above = <i32>(i >> 2);
    for (let r = 0; r < above; r++) {
      v128.store(scratch + ((<usize>r) << 4), f32x4.neg(v128.load(a + i + <usize>r * stride)));
    }
    for (let j = i & ~31; j < stride; j += 32) tile<f32>(scratch, 16, a + j, stride, above, row + j, stride);
    factorizeFourRows(row + i, stride, row + stride);
  }
}

/**
 * Turns four rows into rows of U, from their (4,4) diagonal block at `r0` up to `end`. The outer product of all rows above
 * must already be subtracted.
 */
function factorizeFourRows(r0: usize, stride: usize, end: usize): void {
  const r1 = r0 + stride;
  const r2 = r1 + stride;
  const r3 = r2 + stride;
  const d0: f32 = 1 / sqrt<f32>(f32.load(r0));
  const u01 = f32.load(r0, 4) * d0;
  const u02 = f32.load(r0, 8) * d0;
  const u03 = f32.load(r0, 12) * d0;
  const d1: f32 = 1 / sqrt<f32>(f32.load(r1, 4) - u01 * u01);
  const u12 = (f32.load(r1, 8) - u01 * u02) * d1;
  const u13 = (f32.load(r1, 12) - u01 * u03) * d1;
  const d2: f32 = 1 / sqrt<f32>(f32.load(r2, 8) - u02 * u02 - u12 * u12);
  const u23 = (f32.load(r2, 12) - u02 * u03 - u12 * u13) * d2;
  const d3: f32 = 1 / sqrt<f32>(f32.load(r3, 12) - u03 * u03 - u13 * u13 - u23 * u23);
  v128.store(r0, f32x4(d0, u01, u02, u03));
  v128.store(r1, f32x4(0, d1, u12, u13));
  v128.store(r2, f32x4(0, 0, d2, u23));
  v128.store(r3, f32x4(0, 0, 0, d3));
  const n01 = f32x4.splat(-u01);
  const n02 = f32x4.splat(-u02);
  const n03 = f32x4.splat(-u03);
  const n12 = f32x4.splat(-u12);
  const n13 = f32x4.splat(-u13);
  const n23 = f32x4.splat(-u23);
  for (let q = r0 + 16; q < end; q += 16) {
    const q1 = q + stride;
    const q2 = q1 + stride;
    const q3 = q2 + stride;
    const x0 = f32x4.mul(v128.load(q), f32x4.splat(d0));
    let rest = f32x4.relaxed_madd(n01, x0, v128.load(q1));
    const x1 = f32x4.mul(rest, f32x4.splat(d1));
    rest = f32x4.relaxed_madd(n12, x1, f32x4.relaxed_madd(n02, x0, v128.load(q2)));
    const x2 = f32x4.mul(rest, f32x4.splat(d2));
    rest = f32x4.relaxed_madd(n13, x1, f32x4.relaxed_madd(n03, x0, v128.load(q3)));
    v128.store(q, x0);
    v128.store(q1, x1);
    v128.store(q2, x2);
    v128.store(q3, f32x4.mul(f32x4.relaxed_madd(n23, x2, rest), f32x4.splat(d3)));
  }
}

/** Solves UᵀU x = b, with U from `factorize`. x replaces b. */
function solveFactorized(u: usize, stride: usize, b: usize): void {
  // Uᵀz = b, column by column: z_j is final once all rows above have been subtracted.
  let row = u;
  for (let j: usize = 0; j < stride; j += 4, row += stride) {
    const z = f32.load(b + j) * f32.load(row + j);
    f32.store(b + j, z);
    let q = j + 4;
    for (; q & 15; q += 4) f32.store(b + q, f32.load(b + q) - z * f32.load(row + q));
    const minus = f32x4.splat(-z);
    for (; q < stride; q += 16) v128.store(b + q, f32x4.relaxed_madd(minus, v128.load(row + q), v128.load(b + q)));
  }
  // U x = z, from the last row up.
  for (let j = stride; j > 0; ) {
    j -= 4;
    row -= stride;
    let known: f32 = 0;
    let q = j + 4;
    for (; q & 15; q += 4) known += f32.load(b + q) * f32.load(row + q);
    let even = f32x4.splat(0);
    let odd = f32x4.splat(0);
    if (q & 16) {
      even = f32x4.mul(v128.load(row + q), v128.load(b + q));
      q += 16;
    }
    for (; q < stride; q += 32) {
      even = f32x4.relaxed_madd(v128.load(row + q), v128.load(b + q), even);
      odd = f32x4.relaxed_madd(v128.load(row + q, 16), v128.load(b + q, 16), odd);
    }
    known += sum(f32x4.add(even, odd));
    f32.store(b + j, (f32.load(b + j) - known) * f32.load(row + j));
  }
}

/**
 * Replaces `rows` (count,kp) by rows × Q with Q (kp,kp), four rows at a time. The memory of `rows` must extend to a multiple
 * of four rows. `scratch` holds eight rows.
 */
function rotate(rows: usize, count: i32, q: usize, stride: usize, scratch: usize): void {
  const turned = scratch + 4 * stride;
  for (; count > 0; count -= 4, rows += 4 * stride) {
    for (let f: usize = 0; f < stride; f += 4) {
      const column = scratch + 4 * f;
      for (let r: usize = 0; r < 4; r++) f32.store(column + 4 * r, f32.load(rows + r * stride + f));
    }
    memory.fill(turned, 0, 4 * stride);
    for (let j: usize = 0; j < stride; j += 32)
      tile<f32>(scratch, 16, q + j, stride, <i32>(stride >> 2), turned + j, stride);
    memory.copy(rows, turned, 4 * stride);
  }
}

export { addOuterProducts, factorize, rotate, solveFactorized };
