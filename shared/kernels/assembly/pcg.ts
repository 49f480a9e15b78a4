/**
 * Improves the solution of one row's least-squares problem from a warm start, by preconditioned conjugate gradients.
 *
 * As in Takács, Pilászy and Tikk (2011), A is never formed: A v = D v + Σ alpha |r_i| (y_i·v) y_i. The fixed rows are
 * expressed in the eigenvectors of their Gram matrix. D = eigenvalues + lambda n is then diagonal, so it is cheap to apply
 * and serves as the preconditioner. The sums take the neighbours four at a time, in order.
 */
import {
  alpha,
  fixedRow,
  fourScores,
  gram,
  indices,
  lambda,
  n,
  positiveScore,
  positives,
  scores,
  scratch,
  stride,
  targets,
} from './problem';
import { dot, dotInDouble, promoteHigh, promoteLow, sumDoubles, sumEach } from './simd';

/** Steps from the warm start: with this preconditioner two steps come closer than three without it. */
const STEPS: i32 = 2;

/** Below this r·z no further step is taken: the objective of a row is about its confidences, which are at least 1. */
const NO_GAIN: f32 = 1e-20;

/** b·v of the last `residual` with targets. */
let targetProduct: f64 = 0;

/**
 * Improves `x`, in the basis of eigenvectors, for the row with neighbours `start` … `start + count - 1`; `tally` and `setN`
 * must have been called for the row. Returns the row's share of the objective, data term plus lambda n |x|². At the warm start that is
 * Σ_{r_i > 0} c_i - b·x - (b - A x)·x, and each step lowers it by the step length times r·z. Scratch: 5 rows.
 */
function improve(start: usize, count: i32, x: usize): f64 {
  const d = scratch;
  const r = d + stride;
  const z = r + stride;
  const p = z + stride;
  const minusAp = p + stride;
  const ridge = f32x4.splat(<f32>(lambda * n));
  for (let f: usize = 0; f < stride; f += 16) v128.store(d + f, f32x4.add(v128.load(gram + f), ridge));

  residual(start, count, d, x, r, true);
  let objective = <f64>positives + <f64>alpha * positiveScore - targetProduct - dotInDouble(r, x, stride);
  for (let f: usize = 0; f < stride; f += 16) {
    const preconditioned = f32x4.div(v128.load(r + f), v128.load(d + f));
    v128.store(z + f, preconditioned);
    v128.store(p + f, preconditioned);
  }
  let rz = dot(r, z, stride);
  for (let step = 0; step < STEPS; step++) {
    if (rz < NO_GAIN) break;
    residual(start, count, d, p, minusAp, false);
    const length: f32 = -rz / dot(p, minusAp, stride);
    objective -= <f64>length * <f64>rz;
    const lengths = f32x4.splat(length);
    for (let f: usize = 0; f < stride; f += 16) {
      v128.store(x + f, f32x4.relaxed_madd(lengths, v128.load(p + f), v128.load(x + f)));
      const rest = f32x4.relaxed_madd(lengths, v128.load(minusAp + f), v128.load(r + f));
      v128.store(r + f, rest);
      v128.store(z + f, f32x4.div(rest, v128.load(d + f)));
    }
    const next = dot(r, z, stride);
    const turn = f32x4.splat(next / rz);
    for (let f: usize = 0; f < stride; f += 16) {
      v128.store(p + f, f32x4.relaxed_madd(turn, v128.load(p + f), v128.load(z + f)));
    }
    rz = next;
  }
  return objective;
}

/**
 * Writes b - A v (with targets) or -A v (without) to `out`: -D v + Σ (t_i - alpha |r_i| (y_i·v)) y_i, where the target t_i is
 * 1 + alpha r_i for r_i > 0, else 0.
 */
function residual(start: usize, count: i32, d: usize, v: usize, out: usize, withTargets: bool): void {
  for (let f: usize = 0; f < stride; f += 16) {
    v128.store(out + f, f32x4.neg(f32x4.mul(v128.load(d + f), v128.load(v + f))));
  }
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let index = indices + (start << 2);
  let score = scores + (start << 2);
  for (; count > 0; count -= 4, index += 16, score += 16) {
    // Beyond the row's end its last neighbour is repeated with weight 0.
    const y0 = fixedRow(index);
    const y1 = fixedRow(index + (min(1, count - 1) << 2));
    const y2 = fixedRow(index + (min(2, count - 1) << 2));
    const y3 = fixedRow(index + (min(3, count - 1) << 2));
    const products = fourProducts(y0, y1, y2, y3, v);
    const four = fourScores(score, count);
    let weights = f32x4.neg(f32x4.mul(f32x4.mul(f32x4.splat(alpha), f32x4.abs(four)), products));
    if (withTargets) {
      const target = targets(four);
      low = f64x2.add(low, f64x2.mul(promoteLow(target), promoteLow(products)));
      high = f64x2.add(high, f64x2.mul(promoteHigh(target), promoteHigh(products)));
      weights = f32x4.add(weights, target);
    }
    addFour(y0, y1, y2, y3, weights, out);
  }
  targetProduct = sumDoubles(f64x2.add(low, high));
}

/** Returns (y0·v, y1·v, y2·v, y3·v). Each product has two accumulators. */
function fourProducts(y0: usize, y1: usize, y2: usize, y3: usize, v: usize): v128 {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  for (let f: usize = 0; f < stride; f += 32) {
    const a = v128.load(v + f);
    const b = v128.load(v + f, 16);
    a0 = f32x4.relaxed_madd(v128.load(y0 + f), a, a0);
    b0 = f32x4.relaxed_madd(v128.load(y0 + f, 16), b, b0);
    a1 = f32x4.relaxed_madd(v128.load(y1 + f), a, a1);
    b1 = f32x4.relaxed_madd(v128.load(y1 + f, 16), b, b1);
    a2 = f32x4.relaxed_madd(v128.load(y2 + f), a, a2);
    b2 = f32x4.relaxed_madd(v128.load(y2 + f, 16), b, b2);
    a3 = f32x4.relaxed_madd(v128.load(y3 + f), a, a3);
    b3 = f32x4.relaxed_madd(v128.load(y3 + f, 16), b, b3);
  }
  return sumEach(f32x4.add(a0, b0), f32x4.add(a1, b1), f32x4.add(a2, b2), f32x4.add(a3, b3));
}

/** Adds weights[0] y0 + … + weights[3] y3 to `out`. */
function addFour(y0: usize, y1: usize, y2: usize, y3: usize, weights: v128, out: usize): void {
  const w0 = v128.shuffle<f32>(weights, weights, 0, 0, 0, 0);
  const w1 = v128.shuffle<f32>(weights, weights, 1, 1, 1, 1);
  const w2 = v128.shuffle<f32>(weights, weights, 2, 2, 2, 2);
  const w3 = v128.shuffle<f32>(weights, weights, 3, 3, 3, 3);
  for (let f: usize = 0; f < stride; f += 16) {
    let part = f32x4.relaxed_madd(w0, v128.load(y0 + f), v128.load(out + f));
    part = f32x4.relaxed_madd(w1, v128.load(y1 + f), part);
    part = f32x4.relaxed_madd(w2, v128.load(y2 + f), part);
    v128.store(out + f, f32x4.relaxed_madd(w3, v128.load(y3 + f), part));
  }
}

export { improve };
