/** The register tile that all dense products are made of, for float32 and float64. */

/**
 * C += Σ_r left[r, 0..3]ᵀ right[r, 0..w-1] over `rows` rows. C is (4,w), and w is 8 for float32 and 4 for float64: two
 * vectors. Eight accumulators hide the latency of a multiply-add. `leftStep`, `rightStep` and
 * `stride` are the bytes from one row of left, of right and of C to the next.
 */
export function tile<T>(
  left: usize,
  leftStep: usize,
  right: usize,
  rightStep: usize,
  rows: i32,
  c: usize,
  stride: usize,
): void {
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
    let s = v128.load_splat<T>(left);
    a0 = v128.relaxed_madd<T>(s, a, a0);
    b0 = v128.relaxed_madd<T>(s, b, b0);
    s = v128.load_splat<T>(left, sizeof<T>());
    a1 = v128.relaxed_madd<T>(s, a, a1);
    b1 = v128.relaxed_madd<T>(s, b, b1);
    s = v128.load_splat<T>(left, 2 * sizeof<T>());
    a2 = v128.relaxed_madd<T>(s, a, a2);
    b2 = v128.relaxed_madd<T>(s, b, b2);
    s = v128.load_splat<T>(left, 3 * sizeof<T>());
    a3 = v128.relaxed_madd<T>(s, a, a3);
    b3 = v128.relaxed_madd<T>(s, b, b3);
    left += leftStep;
    right += rightStep;
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
