/**
 * The candidates of a user: which pairs may be among the N best, and their scores in the server's order.
 *
 * The N largest lower bounds of a user's candidates are a heap. Its least is the user's limit, which further pairs must reach.
 * The candidates are scored when there are too many of them, and at the end: the user is settled.
 */
import {
  bestCounts,
  bestItems,
  bestScores,
  candidateCounts,
  candidates,
  capacity,
  countUp,
  heapCounts,
  heaps,
  indexes,
  limits,
  published,
  rank,
  stride,
  users,
  wanted,
} from './best-items-parts';

/** Makes the item at `place` a candidate of the user, if its score, which is `sum` up to `error`, can be among the best. */
export function add(user: i32, place: i32, sum: f32, error: f32): void {
  const upper = sum + error;
  if (upper < f32.load(limits + 4 * <usize>user)) return;
  let count = i32.load(candidateCounts + 4 * <usize>user);
  const entry = candidates + 8 * (<usize>user * <usize>capacity + <usize>count);
  i32.store(entry, place);
  f32.store(entry, upper, 4);
  i32.store(candidateCounts + 4 * <usize>user, count + 1);
  raise(user, sum - error);
  if (count + 1 === capacity) settle(user);
}

/** Puts a lower bound into the user's heap of the N largest, and the least of N into its limit. */
function raise(user: i32, lower: f32): void {
  const heap = heaps + 4 * <usize>user * <usize>wanted;
  let count = i32.load(heapCounts + 4 * <usize>user);
  if (count < wanted) {
    let at = count++;
    i32.store(heapCounts + 4 * <usize>user, count);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = f32.load(heap + 4 * <usize>parent);
      if (above <= lower) break;
      f32.store(heap + 4 * <usize>at, above);
      at = parent;
    }
    f32.store(heap + 4 * <usize>at, lower);
    if (count === wanted) f32.store(limits + 4 * <usize>user, f32.load(heap));
    return;
  }
  if (!(lower > f32.load(heap))) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= wanted) break;
    let below = f32.load(heap + 4 * <usize>child);
    if (child + 1 < wanted) {
      const other = f32.load(heap + 4 * <usize>(child + 1));
      if (other < below) {
        below = other;
        child++;
      }
    }
    if (below >= lower) break;
    f32.store(heap + 4 * <usize>at, below);
    at = child;
  }
  f32.store(heap + 4 * <usize>at, lower);
  f32.store(limits + 4 * <usize>user, f32.load(heap));
}

/** Scores the user's candidates in the server's order, and keeps the N best. Their scores take the place of the heap. */
export function settle(user: i32): void {
  const limit = f32.load(limits + 4 * <usize>user);
  const list = candidates + 8 * <usize>user * <usize>capacity;
  const count = i32.load(candidateCounts + 4 * <usize>user);
  let kept = 0;
  for (let at = 0; at < count; at++) {
    const entry = list + 8 * <usize>at;
    if (f32.load(entry, 4) < limit) continue;
    i64.store(list + 8 * <usize>kept, i64.load(entry));
    kept++;
  }
  for (let at = 0; at < kept; at += 4) scoreFour(user, list + 8 * <usize>at, min(kept - at, 4));
  countUp(<f64>kept * <f64>rank);
  i32.store(candidateCounts + 4 * <usize>user, 0);
  refill(user);
}

/** Makes the scores of the user's best items its heap. They are sorted, so from the last to the first they are a heap. */
export function refill(user: i32): void {
  const scores = bestScores + 4 * <usize>user * <usize>wanted;
  const heap = heaps + 4 * <usize>user * <usize>wanted;
  const count = i32.load(bestCounts + 4 * <usize>user);
  for (let at = 0; at < count; at++) f32.store(heap + 4 * <usize>at, f32.load(scores + 4 * <usize>(count - 1 - at)));
  i32.store(heapCounts + 4 * <usize>user, count);
  f32.store(limits + 4 * <usize>user, count === wanted ? f32.load(heap) : -(<f32>Infinity));
}

/** Scores up to four candidates together, because each sum waits for its last addition. */
function scoreFour(user: i32, list: usize, count: i32): void {
  const x = users + <usize>user * stride;
  const p0 = i32.load(list);
  const p1 = count > 1 ? i32.load(list, 8) : p0;
  const p2 = count > 2 ? i32.load(list, 16) : p0;
  const p3 = count > 3 ? i32.load(list, 24) : p0;
  const y0 = published + <usize>p0 * stride;
  const y1 = published + <usize>p1 * stride;
  const y2 = published + <usize>p2 * stride;
  const y3 = published + <usize>p3 * stride;
  let s0: f32 = 0;
  let s1: f32 = 0;
  let s2: f32 = 0;
  let s3: f32 = 0;
  const end = (<usize>rank) << 2;
  for (let f: usize = 0; f < end; f += 4) {
    const own = f32.load(x + f);
    s0 += own * f32.load(y0 + f);
    s1 += own * f32.load(y1 + f);
    s2 += own * f32.load(y2 + f);
    s3 += own * f32.load(y3 + f);
  }
  insert(user, p0, s0);
  if (count > 1) insert(user, p1, s1);
  if (count > 2) insert(user, p2, s2);
  if (count > 3) insert(user, p3, s3);
}

/** Puts an item into the user's sorted list of the N best. A score that is not a number is left out. */
function insert(user: i32, place: i32, score: f32): void {
  if (score !== score) return;
  const index = i32.load(indexes + 4 * <usize>place);
  const scores = bestScores + 4 * <usize>user * <usize>wanted;
  const items = bestItems + 4 * <usize>user * <usize>wanted;
  let at = i32.load(bestCounts + 4 * <usize>user);
  if (at === wanted) {
    at--;
    if (!isBefore(score, index, f32.load(scores + 4 * <usize>at), i32.load(items + 4 * <usize>at))) return;
  } else {
    i32.store(bestCounts + 4 * <usize>user, at + 1);
  }
  for (; at > 0; at--) {
    const above = f32.load(scores + 4 * <usize>(at - 1));
    const item = i32.load(items + 4 * <usize>(at - 1));
    if (!isBefore(score, index, above, item)) break;
    f32.store(scores + 4 * <usize>at, above);
    i32.store(items + 4 * <usize>at, item);
  }
  f32.store(scores + 4 * <usize>at, score);
  i32.store(items + 4 * <usize>at, index);
}

function isBefore(score: f32, index: i32, other: f32, otherIndex: i32): bool {
  return score > other || (score === other && <u32>index < <u32>otherIndex);
}
