/**
 * Scores of users × items like those of a shop. The activity of users is log-normal, and the popularity of items falls by a
 * power law. There are twenty clusters of users; half of a cluster's draws are from the catalogue shifted by its own offset.
 * The score of a pair is the number of times that it was drawn, at most 20.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { offsetsOf, orderBy } from '../../shared/columns/counting-sort.ts';
import { drawer, normal, permutation, uniform } from './random.ts';

export interface Size {
  readonly users: number;
  readonly items: number;
  /** The number of distinct (user, item) pairs. */
  readonly pairs: number;
}

export const SIZES = {
  s: { users: 6_000, items: 4_000, pairs: 1_000_000 },
  m: { users: 60_000, items: 15_000, pairs: 5_000_000 },
  l: { users: 120_000, items: 15_000, pairs: 10_000_000 },
} as const satisfies Record<string, Size>;
export type SizeName = keyof typeof SIZES;

/** R rows in compressed sparse form. The neighbours of a row are ascending. */
export interface Scores {
  /** (R + 1) the first index of each row, and the end. */
  readonly ptr: Uint32Array;
  /** (pairs) the neighbours. */
  readonly idx: Uint32Array;
  /** (pairs) the scores, integers from 1 to 20. */
  readonly score: Float32Array;
}

const CLUSTERS = 20;
const MAX_SCORE = 20;
/** The popularity of the item at rank r is 1 / (r + 21). */
const POPULARITY_OFFSET = 21;
/** The number of draws for each pair. It is above 1, because some draws give a pair that was drawn before. */
const DRAWS_A_PAIR = 1.6;

/** Returns the rows of the users. @throws RangeError when the draws give too few pairs */
export function generateScores({ users, items, pairs }: Size, seed: number): Scores {
  const random = uniform(seed);
  const draws = drawsByUser({ users, items, pairs }, random);
  const drawPlace = drawer(
    Float64Array.from({ length: items }, (_, place) => 1 / (place + POPULARITY_OFFSET)),
    random,
  );
  const itemAt = permutation(items, random);
  const idx: number[] = [];
  const score: number[] = [];
  const ptr = new Uint32Array(users + 1);
  for (let user = 0; user < users; user++) {
    const shift = Math.floor(random() * CLUSTERS) * Math.floor(items / CLUSTERS);
    const drawn = Uint32Array.from({ length: draws[user]! }, () => {
      const place = drawPlace() + (random() < 0.5 ? shift : 0);
      return itemAt[place % items]!;
    }).sort();
    for (let draw = 0; draw < drawn.length; ) {
      const item = drawn[draw]!;
      let count = 0;
      for (; drawn[draw] === item; draw++) count++;
      idx.push(item);
      score.push(Math.min(count, MAX_SCORE));
    }
    ptr[user + 1] = idx.length;
  }
  return thinned({ ptr, idx: Uint32Array.from(idx), score: Float32Array.from(score) }, pairs, random);
}

/** Returns the number of draws of each user: log-normal, at least 1 and at most a quarter of the items. */
function drawsByUser({ users, items, pairs }: Size, random: () => number): number[] {
  const activity = Array.from({ length: users }, () => Math.exp(normal(random)));
  const total = activity.reduce((sum, value) => sum + value, 0);
  return activity.map((value) => {
    const draws = Math.floor((value / total) * pairs * DRAWS_A_PAIR);
    return Math.min(Math.max(1, draws), Math.floor(items / 4));
  });
}

/** Returns exactly `pairs` of the pairs, each with the same chance (selection sampling, Knuth's algorithm S). */
function thinned({ ptr, idx, score }: Scores, pairs: number, random: () => number): Scores {
  if (idx.length < pairs) throw new RangeError(`only ${idx.length} of ${pairs} pairs were drawn: raise DRAWS_A_PAIR`);
  const kept = { ptr: new Uint32Array(ptr.length), idx: new Uint32Array(pairs), score: new Float32Array(pairs) };
  let length = 0;
  for (let row = 0; row + 1 < ptr.length; row++) {
    for (let pair = ptr[row]!; pair < ptr[row + 1]!; pair++) {
      if (random() * (idx.length - pair) >= pairs - length) continue;
      kept.idx[length] = idx[pair]!;
      kept.score[length++] = score[pair]!;
    }
    kept.ptr[row + 1] = length;
  }
  return kept;
}

/** Returns the rows of the other side. */
export function transposed({ ptr, idx, score }: Scores, items: number): Scores {
  const rowOf = new Uint32Array(idx.length);
  for (let row = 0; row + 1 < ptr.length; row++) rowOf.fill(row, ptr[row], ptr[row + 1]);
  const offsets = offsetsOf(idx, items);
  const order = orderBy(idx, offsets);
  return {
    ptr: offsets,
    idx: order.map((pair) => rowOf[pair]!),
    score: Float32Array.from(order, (pair) => score[pair]!),
  };
}

/** Writes the files `<path>.ptr`, `.idx` and `.score`, which are plain little-endian numbers. */
export function writeScores(path: string, { ptr, idx, score }: Scores): void {
  writeFileSync(`${path}.ptr`, ptr);
  writeFileSync(`${path}.idx`, idx);
  writeFileSync(`${path}.score`, score);
}

export function readScores(path: string): Scores {
  return {
    ptr: new Uint32Array(bytesIn(`${path}.ptr`)),
    idx: new Uint32Array(bytesIn(`${path}.idx`)),
    score: new Float32Array(bytesIn(`${path}.score`)),
  };
}

/** Returns the bytes of a file as a buffer that begins with them, so that typed arrays can view it. */
export function bytesIn(path: string): ArrayBuffer {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
