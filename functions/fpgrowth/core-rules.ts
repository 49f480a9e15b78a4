/**
 * Rules: from the set S of items and an item i in it, "who has A = S − {i} takes i".
 *
 *   confidence = supp(S) / supp(A)     interest = confidence − supp({i})     lift = confidence / supp({i})
 *
 * supp: the share of baskets that hold a set. The order is that of the score which the serving side computes from a rule as it
 * is written, the best first: (confidence × lift) × items in A.
 */
import { Growable } from '../../shared/columns/growable.ts';
import { joinAntecedents } from './core-antecedents.ts';
import type { Ranks } from './core-ranks.ts';
import { layOutRows, type RowsByKey } from './core-rows.ts';

export interface RuleSettings {
  /** All three: strictly greater. */
  readonly minConfidence: number;
  readonly minInterest: number;
  readonly minLift: number;
}

export interface Measures {
  readonly confidence: number;
  readonly interest: number;
  readonly lift: number;
}

/** From counts of baskets: of S, of A, of the item i alone, of all. */
export function measure(setCount: number, antecedentCount: number, itemCount: number, baskets: number): Measures {
  const confidence = setCount / antecedentCount;
  const support = itemCount / baskets;
  return { confidence, interest: confidence - support, lift: confidence / support };
}

/** Multiplied in this order. @param size items of the antecedent */
export const scoreOf = ({ confidence, lift }: Measures, size: number): number => confidence * lift * size;

/** Rows `[size, item, setCount, antecedentCount · antecedent]`, in ranks. */
const RULE_HEAD = 4;

/** Ranges of scores, the highest first. */
export const SCORE_BUCKETS = 1024;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** The first 16 bits of 2^-32: below it all scores share a bucket. */
const LOWEST = 0x3df0;

/**
 * The bucket of a score, which is positive. The first 16 bits of such a double order as the doubles do; they tell its power of
 * two and the sixteenth of the way to the next.
 */
export function scoreBucket(score: number): number {
  double[0] = score;
  const top = words[1]! >>> 16; // little-endian, as the columns are
  return SCORE_BUCKETS - 1 - Math.min(SCORE_BUCKETS - 1, Math.max(0, top - LOWEST));
}

/** The rules among the joined rows of some buckets, by bucket of the score. */
export function rulesIn(
  joined: Uint32Array,
  { counts }: Pick<Ranks, 'counts'>,
  baskets: number,
  { minConfidence, minInterest, minLift }: RuleSettings,
): RowsByKey {
  const found = new Growable(Uint32Array);
  joinAntecedents(joined, (start, end, item, setCount, antecedentCount) => {
    const { confidence, interest, lift } = measure(setCount, antecedentCount, counts[item]!, baskets);
    if (!(confidence > minConfidence && interest > minInterest && lift > minLift)) return;
    found.push(end - start);
    found.push(item);
    found.push(setCount);
    found.push(antecedentCount);
    for (let at = start; at < end; at++) found.push(joined[at]!);
  });
  return layOutRows({ cells: found.view(), end: found.length }, RULE_HEAD, SCORE_BUCKETS, (cells, row) =>
    scoreBucket(scoreOf(measureRow(cells, row, counts, baskets), cells[row]!)),
  );
}

const measureRow = (cells: Uint32Array, row: number, counts: Uint32Array, baskets: number): Measures =>
  measure(cells[row + 2]!, cells[row + 3]!, counts[cells[row + 1]!]!, baskets);

interface Rule extends Measures {
  /** Ids, ascending. */
  readonly antecedent: readonly number[];
  readonly item: number;
  readonly score: number;
}

/** The lines of the rules in `cells`, in the order of the output. */
export function ruleLines(cells: Uint32Array, { ids, counts }: Ranks, baskets: number): string[] {
  const rules: Rule[] = [];
  for (let row = 0; row < cells.length; ) {
    const size = cells[row]!;
    const item = ids[cells[row + 1]!]!;
    const measures = measureRow(cells, row, counts, baskets);
    const start = row + RULE_HEAD;
    row = start + size;
    const antecedent = Array.from(cells.subarray(start, row), (rank) => ids[rank]!).sort((a, b) => a - b);
    rules.push({ antecedent, item, score: scoreOf(measures, size), ...measures });
  }
  return rules.sort(compareRules).map(lineOf);
}

/** By score descending, shorter antecedents first, antecedents in numeric order, then item. */
function compareRules(a: Rule, b: Rule): number {
  return (
    b.score - a.score ||
    a.antecedent.length - b.antecedent.length ||
    compareIds(a.antecedent, b.antecedent) ||
    a.item - b.item
  );
}

function compareIds(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return a[at]! - b[at]!;
  return 0;
}

/** Exactly these keys: the reader refuses others. */
const lineOf = ({ antecedent, item, confidence, lift, interest }: Rule): string =>
  `${JSON.stringify({ itemset: antecedent, item, confidence, lift, interest })}\n`;
