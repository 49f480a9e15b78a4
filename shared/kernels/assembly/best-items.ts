/**
 * The best items of users by inner product, exactly: dimensions are multiplied only while a pair can still be among the best.
 *
 * *U users of a chunk, I items, K rank, Kp padded rank, N items wanted.* Items lie by falling norm, in groups of eight. Every
 * vector x has *bounds*: after the first 0, 8, 24 and Kp dimensions, a number b(x) such that for every user x and item y
 *
 *     |score(x, y) − sum over the first dimensions| ≤ b(x) × b(y)
 *
 * by Cauchy and Schwarz. `shared/kernels/balanced-basis.ts` says how the vectors are turned, so that most of a product lies in
 * the first dimensions, and how the bounds cover all rounding. A vector that is not finite, or is huge, is turned into 0 with
 * infinite bounds. Comparisons are written so that a bound that is not a number drops nothing.
 *
 * Four users go through the items together, a group at a time. Their pairs meet the bounds in three rounds: all pairs of
 * the group after 8 dimensions, then each user's surviving pairs, four at a time, after 24 and after all dimensions. What
 * survives is a candidate. The N best lower bounds of a user's candidates are a heap, whose least is what later pairs must
 * reach. Candidates are scored with the published factors in the server's order when the user is settled.
 */

import { add, refill, settle } from './best-items-candidates';
import {
  bounds0,
  bounds1,
  bounds2,
  bounds3,
  countUp,
  FIRST_DIMENSIONS,
  GROUP,
  heads,
  lastBytes,
  lasts,
  limits,
  middleBytes,
  middles,
  multiplications,
  placeItems,
  placeUsers,
  shape,
  stride,
  taken,
  turned,
  userBounds,
  users,
} from './best-items-parts';
import { putItems, turn } from './best-items-turn';
import { sumEach } from './simd';

export { multiplications, placeItems, placeUsers, putItems, refill, settle, shape, turn };

/** The pairs of one user that wait for the second round: places and sums of the first round. */
const WAITING: i32 = 64;
const waiting = memory.data(4 * 8 * WAITING, 16);
const waitingCounts = memory.data(4 * 4, 16);
/** Pairs that wait for the third round. */
const later = memory.data(8 * WAITING, 16);
/** Sums of the first round (4,8). */
const sums = memory.data(4 * 4 * 8, 16);
/** The limits and the bounds of the tile's users. */
const tileLimits = memory.data(16, 16);
const tileBounds0 = memory.data(16, 16);
const tileUsers = memory.data(16, 16);

/** Takes `lanes` of the four users through the groups from `from` to `end` (exclusive), as far as one of them needs it. */
export function scan(u0: i32, u1: i32, u2: i32, u3: i32, lanes: i32, from: i32, end: i32): void {
  i32.store(tileUsers, u0);
  i32.store(tileUsers, u1, 4);
  i32.store(tileUsers, u2, 8);
  i32.store(tileUsers, u3, 12);
  for (let r: usize = 0; r < 4; r++) {
    const user = <usize>i32.load(tileUsers + 4 * r);
    f32.store(tileLimits + 4 * r, f32.load(limits + 4 * user));
    f32.store(tileBounds0 + 4 * r, f32.load(userBounds + 16 * user));
    i32.store(waitingCounts + 4 * r, 0);
  }
  const norms = v128.load(tileBounds0);
  const x0 = turned + <usize>u0 * stride;
  const x1 = turned + <usize>u1 * stride;
  const x2 = turned + <usize>u2 * stride;
  const x3 = turned + <usize>u3 * stride;
  const t0 = v128.load_splat<f32>(userBounds + 16 * <usize>u0, 4);
  const t1 = v128.load_splat<f32>(userBounds + 16 * <usize>u1, 4);
  const t2 = v128.load_splat<f32>(userBounds + 16 * <usize>u2, 4);
  const t3 = v128.load_splat<f32>(userBounds + 16 * <usize>u3, 4);
  let head = heads + <usize>from * (4 * GROUP * FIRST_DIMENSIONS);
  let group = from;
  for (; group < end; group++) {
    const place = <usize>group * GROUP;
    const most = v128.load_splat<f32>(bounds0 + 4 * place);
    if (v128.all_true<i32>(f32x4.lt(f32x4.mul(norms, most), v128.load(tileLimits)))) break;
    let a0 = f32x4.splat(0);
    let b0 = a0;
    let a1 = a0;
    let b1 = a0;
    let a2 = a0;
    let b2 = a0;
    let a3 = a0;
    let b3 = a0;
    for (let k: usize = 0; k < 4 * FIRST_DIMENSIONS; k += 4) {
      const a = v128.load(head);
      const b = v128.load(head, 16);
      let s = v128.load_splat<f32>(x0 + k);
      a0 = f32x4.relaxed_madd(s, a, a0);
      b0 = f32x4.relaxed_madd(s, b, b0);
      s = v128.load_splat<f32>(x1 + k);
      a1 = f32x4.relaxed_madd(s, a, a1);
      b1 = f32x4.relaxed_madd(s, b, b1);
      s = v128.load_splat<f32>(x2 + k);
      a2 = f32x4.relaxed_madd(s, a, a2);
      b2 = f32x4.relaxed_madd(s, b, b2);
      s = v128.load_splat<f32>(x3 + k);
      a3 = f32x4.relaxed_madd(s, a, a3);
      b3 = f32x4.relaxed_madd(s, b, b3);
      head += 4 * GROUP;
    }
    const y = v128.load(bounds1 + 4 * place);
    const z = v128.load(bounds1 + 4 * place, 16);
    const l0 = v128.load_splat<f32>(tileLimits);
    const l1 = v128.load_splat<f32>(tileLimits, 4);
    const l2 = v128.load_splat<f32>(tileLimits, 8);
    const l3 = v128.load_splat<f32>(tileLimits, 12);
    const m0 = dropped(a0, b0, t0, y, z, l0);
    const m1 = dropped(a1, b1, t1, y, z, l1);
    const m2 = dropped(a2, b2, t2, y, z, l2);
    const m3 = dropped(a3, b3, t3, y, z, l3);
    if ((m0 & m1 & m2 & m3) === 255) continue;
    v128.store(sums, a0);
    v128.store(sums, b0, 16);
    v128.store(sums, a1, 32);
    v128.store(sums, b1, 48);
    v128.store(sums, a2, 64);
    v128.store(sums, b2, 80);
    v128.store(sums, a3, 96);
    v128.store(sums, b3, 112);
    if (m0 !== 255) postpone(0, 255 ^ m0, place);
    if (m1 !== 255 && lanes > 1) postpone(1, 255 ^ m1, place);
    if (m2 !== 255 && lanes > 2) postpone(2, 255 ^ m2, place);
    if (m3 !== 255 && lanes > 3) postpone(3, 255 ^ m3, place);
  }
  countUp(<f64>(group - from) * (4 * GROUP * FIRST_DIMENSIONS));
  for (let r = 0; r < lanes; r++) {
    meet(r);
    f32.store(limits + 4 * <usize>i32.load(tileUsers + 4 * <usize>r), f32.load(tileLimits + 4 * <usize>r));
  }
}

/** Returns a bit for each of eight items, set when the pair cannot reach the limit. */
function dropped(a: v128, b: v128, bound: v128, y: v128, z: v128, limit: v128): i32 {
  return (
    i32x4.bitmask(f32x4.lt(f32x4.relaxed_madd(bound, y, a), limit)) |
    (i32x4.bitmask(f32x4.lt(f32x4.relaxed_madd(bound, z, b), limit)) << 4)
  );
}

/** Lets the pairs of the user in lane `r` that have a bit wait for the second round. */
function postpone(r: i32, bits: i32, place: usize): void {
  const list = waiting + <usize>r * (8 * WAITING);
  let count = i32.load(waitingCounts + 4 * <usize>r);
  while (bits !== 0) {
    const lane = <usize>ctz(bits);
    bits &= bits - 1;
    if ((<i32>load<u8>(taken + place + lane) >> r) & 1) continue;
    const entry = list + 8 * <usize>count;
    i32.store(entry, <i32>(place + lane));
    f32.store(entry, f32.load(sums + 4 * GROUP * <usize>r + 4 * lane), 4);
    count++;
  }
  i32.store(waitingCounts + 4 * <usize>r, count);
  if (count > WAITING - <i32>GROUP) meet(r);
}

/** The second and the third round of the waiting pairs of the user in lane `r`. */
function meet(r: i32): void {
  const list = waiting + <usize>r * (8 * WAITING);
  const count = i32.load(waitingCounts + 4 * <usize>r);
  if (count === 0) return;
  i32.store(waitingCounts + 4 * <usize>r, 0);
  const user = i32.load(tileUsers + 4 * <usize>r);
  const x = turned + <usize>user * stride;
  const bounds = userBounds + 16 * <usize>user;
  const limit = f32.load(tileLimits + 4 * <usize>r);
  countUp(<f64>count * <f64>(middleBytes >> 2));
  let kept = round(
    list,
    count,
    x + 4 * FIRST_DIMENSIONS,
    middles,
    middleBytes,
    f32.load(bounds, 8),
    bounds2,
    limit,
    later,
  );
  countUp(<f64>kept * <f64>(lastBytes >> 2));
  kept = round(later, kept, x + stride - lastBytes, lasts, lastBytes, f32.load(bounds, 12), bounds3, limit, list);
  const own = f32.load(bounds, 12);
  for (let at = 0; at < kept; at++) {
    const entry = list + 8 * <usize>at;
    const place = i32.load(entry);
    add(user, place, f32.load(entry, 4), own * f32.load(bounds3 + 4 * <usize>place));
  }
  f32.store(tileLimits + 4 * <usize>r, f32.load(limits + 4 * <usize>user));
}

/**
 * Adds further dimensions to the sums of `count` pairs, four at a time, and writes those that can still reach the limit to `to`.
 * Returns their number.
 */
function round(
  list: usize,
  count: i32,
  x: usize,
  rows: usize,
  bytes: usize,
  own: f32,
  bounds: usize,
  limit: f32,
  to: usize,
): i32 {
  // The last four are filled up with copies of the first, whose results are not looked at.
  for (let at = count; at & 3; at++) i64.store(list + 8 * <usize>at, i64.load(list));
  const owns = f32x4.splat(own);
  const limits = f32x4.splat(limit);
  const start = to;
  for (let at = 0; at < count; at += 4, list += 32) {
    const p0 = <usize>i32.load(list);
    const p1 = <usize>i32.load(list, 8);
    const p2 = <usize>i32.load(list, 16);
    const p3 = <usize>i32.load(list, 24);
    let y0 = rows + p0 * bytes;
    let y1 = rows + p1 * bytes;
    let y2 = rows + p2 * bytes;
    let y3 = rows + p3 * bytes;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let f: usize = 0; f < bytes; f += 32) {
      const low = v128.load(x + f);
      const high = v128.load(x + f, 16);
      a0 = f32x4.relaxed_madd(high, v128.load(y0, 16), f32x4.relaxed_madd(low, v128.load(y0), a0));
      a1 = f32x4.relaxed_madd(high, v128.load(y1, 16), f32x4.relaxed_madd(low, v128.load(y1), a1));
      a2 = f32x4.relaxed_madd(high, v128.load(y2, 16), f32x4.relaxed_madd(low, v128.load(y2), a2));
      a3 = f32x4.relaxed_madd(high, v128.load(y3, 16), f32x4.relaxed_madd(low, v128.load(y3), a3));
      y0 += 32;
      y1 += 32;
      y2 += 32;
      y3 += 32;
    }
    const first = v128.load(list);
    const second = v128.load(list, 16);
    const places = v128.shuffle<f32>(first, second, 0, 2, 4, 6);
    const sum = f32x4.add(v128.shuffle<f32>(first, second, 1, 3, 5, 7), sumEach(a0, a1, a2, a3));
    let theirs = v128.load32_zero(bounds + 4 * p0);
    theirs = v128.load_lane<f32>(bounds + 4 * p1, theirs, 1);
    theirs = v128.load_lane<f32>(bounds + 4 * p2, theirs, 2);
    theirs = v128.load_lane<f32>(bounds + 4 * p3, theirs, 3);
    let bits = i32x4.bitmask(f32x4.lt(f32x4.relaxed_madd(owns, theirs, sum), limits)) ^ 15;
    if (count - at < 4) bits &= (1 << (count - at)) - 1;
    // Each pair is written, and the next one over it unless it is kept: the processor would often guess wrongly.
    const low = v128.shuffle<f32>(places, sum, 0, 4, 1, 5);
    const high = v128.shuffle<f32>(places, sum, 2, 6, 3, 7);
    v128.store_lane<i64>(to, low, 0);
    to += (bits & 1) << 3;
    v128.store_lane<i64>(to, low, 1);
    to += (bits & 2) << 2;
    v128.store_lane<i64>(to, high, 0);
    to += (bits & 4) << 1;
    v128.store_lane<i64>(to, high, 1);
    to += bits & 8;
  }
  return <i32>((to - start) >> 3);
}
