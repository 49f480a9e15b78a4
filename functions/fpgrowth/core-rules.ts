/**
 * Rules. A set S of items and an item i of S give the rule "a basket that holds A = S − {i} also holds i". A is the antecedent,
 * and i the consequent.
 *
 *   confidence = supp(S) / supp(A)     interest = confidence − supp({i})     lift = confidence / supp({i})
 *
 * supp(X) is the share of the baskets that hold the set X. The rules are in descending order of the score that the server
 * computes from a written rule: (confidence × lift) × (number of items in A).
 */
import { Growable } from '../../shared/columns/growable.ts';
import { joinAntecedents } from './core-antecedents.ts';
import type { Ranks } from './core-ranks.ts';
import { layOutRows, type RowsByKey } from './core-rows.ts';

/** The measures of a written rule are strictly greater than these. */
export interface RuleSettings {
  readonly minConfidence: number;
  readonly minInterest: number;
  readonly minLift: number;
}

export interface Measures {
  readonly confidence: number;
  readonly interest: number;
  readonly lift: number;
}

/**
 * Returns the measures of a rule from counts of baskets.
 *
 * @param setCount the baskets that hold S
 * @param antecedentCount the baskets that hold A
 * @param itemCount the baskets that hold i
 * @param baskets all baskets
 */
export function measure(setCount: number, antecedentCount: number, itemCount: number, baskets: number): Measures {
  const confidence = setCount / antecedentCount;
  const support = itemCount / baskets;
  return { confidence, interest: confidence - support, lift: confidence / support };
}

/**
 * Returns the score of a rule. The order of the multiplications is the server's, so that both round alike.
 *
 * @param size the number of items of the antecedent
 */
export const scoreOf = ({ confidence, lift }: Measures, size: number): number => confidence * lift * size;

/**
 * The cells before a row's antecedent: its size (at 0), the consequent, and the numbers of baskets that hold the set and the
 * antecedent. Items are ranks.
 */
const ITEM = 1;
const SET_COUNT = 2;
const ANTECEDENT_COUNT = 3;
const RULE_HEAD = 4;

/** The number of ranges of scores. Range 0 has the highest scores. */
export const SCORE_BUCKETS = 1024;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** The first 16 bits of 2^-32. All scores below 2^-32 are in the last bucket. */
const LOWEST = 0x3df0;

/**
 * Returns the bucket of a positive score. The first 16 bits of a positive double are its exponent and the first four bits of
 * its fraction, so they have the same order as the doubles. Each power of two has sixteen buckets.
 */
export function scoreBucket(score: number): number {
  double[0] = score;
  const top = words[1]! >>> 16; // The second word is the higher one, because columns are little-endian.
  return SCORE_BUCKETS - 1 - Math.min(SCORE_BUCKETS - 1, Math.max(0, top - LOWEST));
}

/** Returns the rules among the joined rows of some buckets, by bucket of the score. */
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
  measure(cells[row + SET_COUNT]!, cells[row + ANTECEDENT_COUNT]!, counts[cells[row + ITEM]!]!, baskets);

interface Rule extends Measures {
  /** Ids, ascending. */
  readonly antecedent: readonly number[];
  readonly item: number;
  readonly score: number;
}

/** Returns the lines of the rules in `cells`, in the order of the output. */
export function ruleLines(cells: Uint32Array, { ids, counts }: Ranks, baskets: number): string[] {
  const rules: Rule[] = [];
  for (let row = 0; row < cells.length; ) {
    const size = cells[row]!;
    const item = ids[cells[row + ITEM]!]!;
    const measures = measureRow(cells, row, counts, baskets);
    const start = row + RULE_HEAD;
    row = start + size;
    const antecedent = Array.from(cells.subarray(start, row), (rank) => ids[rank]!).sort((a, b) => a - b);
    rules.push({ antecedent, item, score: scoreOf(measures, size), ...measures });
  }
  return rules.sort(compareRules).map(lineOf);
}

/** Compares by descending score, then by the size of the antecedent, by its ids, and by the item. */
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

/** Returns the line of a rule. It has exactly these keys, because the server refuses a line with others. */
const lineOf = ({ antecedent, item, confidence, lift, interest }: Rule): string =>
  `${JSON.stringify({ itemset: antecedent, item, confidence, lift, interest })}\n`;
