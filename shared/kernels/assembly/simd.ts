/**
 * Sums over rows of float32 in 128-bit SIMD.
 *
 * A row is `stride` bytes, a multiple of 32 (8 floats). `f32x4.relaxed_madd(a, b, c)` is a × b + c. It is rounded once on
 * every processor with a fused multiply-add (arm64, x86 with FMA3), and twice on others.
 */

/** Returns one vector of four sums, each over the lanes of one of four vectors. */
function sumEach(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** Returns the sum of a vector's lanes. */
function sum(a: v128): f32 {
  const half = f32x4.add(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
  return f32x4.extract_lane(half, 0) + f32x4.extract_lane(half, 1);
}

/** Returns a · b, computed in float32. */
function dot(a: usize, b: usize, stride: usize): f32 {
  let even = f32x4.splat(0);
  let odd = f32x4.splat(0);
  for (let f: usize = 0; f < stride; f += 32) {
    even = f32x4.relaxed_madd(v128.load(a + f), v128.load(b + f), even);
    odd = f32x4.relaxed_madd(v128.load(a + f, 16), v128.load(b + f, 16), odd);
  }
  return sum(f32x4.add(even, odd));
}

/** Returns a · b of float32 rows, multiplied and added in float64. */
function dotInDouble(a: usize, b: usize, stride: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let f: usize = 0; f < stride; f += 16) {
    const x = v128.load(a + f);
    const y = v128.load(b + f);
    low = f64x2.add(low, f64x2.mul(promoteLow(x), promoteLow(y)));
    high = f64x2.add(high, f64x2.mul(promoteHigh(x), promoteHigh(y)));
  }
  return sumDoubles(f64x2.add(low, high));
}

function sumDoubles(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/** Returns lanes 0 and 1 as float64. */
function promoteLow(a: v128): v128 {
  return f64x2.promote_low_f32x4(a);
}

/** Returns lanes 2 and 3 as float64. */
function promoteHigh(a: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 2, 3));
}

export { dot, dotInDouble, promoteHigh, promoteLow, sum, sumDoubles, sumEach };
