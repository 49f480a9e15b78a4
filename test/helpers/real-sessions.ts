/**
 * Real sessions with one item held out of each, and a measure of how well the held-out items are found again.
 *
 * A session of Online Retail has a user's actions without a pause of half an hour: one invoice or a few. A session of
 * MovieTweetings has all ratings of one user. Within a session actions are ordered by time, then item, as the sessions job
 * writes them. From each session of five or more different items, one item is drawn by a fixed seed and removed before
 * training. It is then searched among the items that are nearest, by cosine, to the sum of the vectors of the others.
 */
import { uniform } from '../../shared/example/actions.ts';
import { sessionsPlainly } from '../reference/sessions.ts';
import { VISIT_DEFAULTS } from '../reference/visits.ts';
import { actionIn, type RealData, realDays } from './real-actions.ts';

const LEAST_ITEMS = 5;
const HIT_RANK = 20;

/** A cancellation (type 2) is no part of a session. */
const SESSIONS = {
  onlineretail: { maxIntraSessionGapSecs: 1800, allowedTypes: [1] },
  movietweetings: { maxIntraSessionGapSecs: -1, allowedTypes: [] },
} as const;

/** Sessions whose items are words, numbered by falling count and then by name. *V words.* */
export interface HeldOutSessions {
  /** The sessions to train with, in order of users, then time. */
  readonly sessions: readonly Uint32Array[];
  /** (V) the number of times that each word occurs. */
  readonly counts: Float64Array;
  /** Word → item id. */
  readonly items: readonly number[];
  readonly questions: readonly { readonly others: readonly number[]; readonly heldOut: number }[];
}

/** @param minCount items that occur less often are left out, before an item of each session is held out */
export function heldOutSessions(
  name: RealData,
  { minCount, seed }: { minCount: number; seed: number },
): HeldOutSessions {
  const sessions = readSessions(name);
  const known = counted(sessions);
  const random = uniform(seed);
  const questions: { others: number[]; heldOut: number }[] = [];
  const kept = sessions.map((session) => {
    const frequent = session.filter((item) => known.get(item)! >= minCount);
    const different = [...new Set(frequent)];
    if (different.length < LEAST_ITEMS) return frequent;
    const heldOut = different[Math.floor(random() * different.length)]!;
    questions.push({ others: different.filter((item) => item !== heldOut), heldOut });
    return frequent.filter((item) => item !== heldOut);
  });
  const counts = counted(kept);
  const items = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || (String(a) < String(b) ? -1 : 1));
  const words = new Map(items.map((item, word) => [item, word]));
  return {
    sessions: kept.map((session) => Uint32Array.from(session, (item) => words.get(item)!)),
    counts: Float64Array.from(items, (item) => counts.get(item)!),
    items,
    questions: questions.flatMap(({ others, heldOut }) => {
      const word = words.get(heldOut);
      return word === undefined ? [] : [{ heldOut: word, others: others.map((item) => words.get(item)!) }];
    }),
  };
}

function counted(sessions: readonly (readonly number[])[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const session of sessions) for (const item of session) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

function readSessions(name: RealData): number[][] {
  const actions = realDays(name).flatMap(({ lines }) => lines.map(actionIn));
  const lines = sessionsPlainly(actions, { ...VISIT_DEFAULTS, ...SESSIONS[name] });
  return [...lines].sort(([a], [b]) => a - b).flatMap(([, own]) => own.map((line) => line.split(' ').map(Number)));
}

export interface Quality {
  /** The share of questions whose held-out item is among the 20 nearest. */
  readonly hitRate: number;
  /**
   * The popularity of the items that are farther away than the held-out item, as a share of the popularity of all items:
   * the area under the curve, each item weighted by its count. Chance gives 0.5; a ranking by popularity gives no more.
   */
  readonly weightedAuc: number;
}

/**
 * @param vectors (V,stride), with rows padded by zeros
 * @param every only every such question is asked
 */
export function qualityOf(
  { questions, counts }: HeldOutSessions,
  vectors: Float32Array,
  stride: number,
  every = 1,
): Quality {
  const directions = unitRows(vectors, stride);
  const sum = new Float64Array(stride);
  const scores = new Float64Array(counts.length);
  const asked = questions.filter((_, index) => index % every === 0);
  let hits = 0;
  let farther = 0;
  for (const { others, heldOut } of asked) {
    sum.fill(0);
    for (const word of others) for (let f = 0; f < stride; f++) sum[f]! += vectors[word * stride + f]!;
    for (let word = 0; word < counts.length; word++) {
      let score = 0;
      for (let f = 0; f < stride; f++) score += sum[f]! * directions[word * stride + f]!;
      scores[word] = score;
    }
    const excluded = new Set([...others, heldOut]);
    const found = scores[heldOut]!;
    let nearer = 0;
    let all = 0;
    let below = 0;
    for (const [word, score] of scores.entries()) {
      if (excluded.has(word)) continue;
      if (score > found) nearer++;
      if (score < found) below += counts[word]!;
      all += counts[word]!;
    }
    if (nearer < HIT_RANK) hits++;
    farther += below / all;
  }
  return { hitRate: hits / asked.length, weightedAuc: farther / asked.length };
}

function unitRows(vectors: Float32Array, stride: number): Float32Array {
  const unit = new Float32Array(vectors.length);
  for (let start = 0; start < vectors.length; start += stride) {
    const row = vectors.subarray(start, start + stride);
    const length = Math.sqrt(row.reduce((total, value) => total + value * value, 0)) || 1;
    for (const [f, value] of row.entries()) unit[start + f] = value / length;
  }
  return unit;
}
