/**
 * Turns vectors into the balanced basis, and writes their bounds. `shared/kernels/balanced-basis.ts` says what they cover.
 */
import {
  bounds0,
  bounds1,
  bounds2,
  bounds3,
  FIRST_DIMENSIONS,
  GROUP,
  heads,
  lastBytes,
  lasts,
  matrix,
  middleBytes,
  middles,
  published,
  rank,
  scratch,
  stride,
  turned,
  userBounds,
  users,
} from './best-items-parts';
import { tile } from './tile';

/** The sum of squares above which a vector is left out of the bounds: products of two such vectors stay far below infinity. */
const HUGE: f64 = 1.2676506002282294e30; // 2^100
/** Added to each squared bound, so that products that vanish in float32 are covered. */
const TINY: f64 = 7.703719777548943e-34; // 2^-110
/** Bounds are computed in float64 and raised by this factor, which covers their rounding to float32 and that of their products. */
const RAISED: f64 = 1.000001;

/**
 * Turns `count` published vectors at `users` by the matrix (Kp,Kp) of float64, and writes their bounds (count,4).
 *
 * @param weight what a published square counts beside a turned one
 * @param slack the share of both that covers rounding
 */
export function turn(count: i32, weight: f64, slack: f64): void {
  const columns = stride >> 2;
  const wide = stride << 1;
  const sums = scratch + 8 * 4 * columns;
  for (let at = 0; at < count; at += 4) {
    const rows = users + <usize>at * stride;
    for (let k: usize = 0; k < columns; k++) {
      for (let r: usize = 0; r < 4; r++) f64.store(scratch + 8 * (4 * k + r), f32.load(rows + r * stride + 4 * k));
    }
    memory.fill(sums, 0, 4 * wide);
    for (let j: usize = 0; j < wide; j += 32) tile<f64>(scratch, 32, matrix + j, wide, rank, sums + j, wide);
    for (let r: usize = 0; r < 4; r++) {
      const to = turned + (<usize>at + r) * stride;
      for (let k: usize = 0; k < columns; k++) f32.store(to + 4 * k, <f32>f64.load(sums + r * wide + 8 * k));
      writeBounds(rows + r * stride, to, userBounds + 16 * (<usize>at + r), weight, slack);
    }
  }
}

function writeBounds(row: usize, to: usize, bounds: usize, weight: f64, slack: f64): void {
  let square: f64 = 0;
  for (let f: usize = 0; f < stride; f += 4) {
    const a = <f64>f32.load(row + f);
    const b = <f64>f32.load(to + f);
    square += weight * a * a + b * b;
  }
  if (!(square < HUGE)) {
    memory.fill(to, 0, stride);
    v128.store(bounds, f32x4.splat(<f32>Infinity));
    return;
  }
  let tail = slack * square + TINY;
  f32.store(bounds, <f32>(sqrt(tail) * RAISED), 12);
  tail += squares(to, stride - lastBytes, stride);
  f32.store(bounds, <f32>(sqrt(tail) * RAISED), 8);
  tail += squares(to, 4 * FIRST_DIMENSIONS, stride - lastBytes);
  f32.store(bounds, <f32>(sqrt(tail) * RAISED), 4);
  tail += squares(to, 0, 4 * FIRST_DIMENSIONS);
  f32.store(bounds, <f32>(sqrt(tail) * RAISED));
}

function squares(row: usize, from: usize, end: usize): f64 {
  let sum: f64 = 0;
  for (let f = from; f < end; f += 4) sum += <f64>f32.load(row + f) * <f64>f32.load(row + f);
  return sum;
}

/** Puts the `count` vectors that were turned last among the items, from the place `first` on. */
export function putItems(first: i32, count: i32): void {
  for (let r = 0; r < count; r++) {
    const row = turned + <usize>r * stride;
    const place = <usize>(first + r);
    const head = heads + (place / GROUP) * (4 * GROUP * FIRST_DIMENSIONS) + 4 * (place % GROUP);
    for (let k: usize = 0; k < FIRST_DIMENSIONS; k++) f32.store(head + 4 * GROUP * k, f32.load(row + 4 * k));
    memory.copy(middles + place * middleBytes, row + 4 * FIRST_DIMENSIONS, middleBytes);
    memory.copy(lasts + place * lastBytes, row + stride - lastBytes, lastBytes);
    memory.copy(published + place * stride, users + <usize>r * stride, stride);
    const bounds = userBounds + 16 * <usize>r;
    f32.store(bounds0 + 4 * place, f32.load(bounds));
    f32.store(bounds1 + 4 * place, f32.load(bounds, 4));
    f32.store(bounds2 + 4 * place, f32.load(bounds, 8));
    f32.store(bounds3 + 4 * place, f32.load(bounds, 12));
  }
}
