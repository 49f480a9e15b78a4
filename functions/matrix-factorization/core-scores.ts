/**
 * The score of a (user, item) pair: each type of action adds its value times the number of actions, up to a maximum.
 *
 *     score = Σ over types of min(valuePerAction × count, maxSum)       summed in float64, kept as float32
 *
 * With `halfLifeDays` the actions are weighted (`core-decay.ts`).
 */
import type { NarrowColumn } from '../../shared/columns/narrow.ts';
import type { ActionRuns } from '../../shared/shuffle/action-runs.ts';
import { columnsOf } from './columns-of.ts';
import type { MatrixBuilder } from './core-matrix.ts';
import type { FactorizationSettings } from './settings.ts';

/** The value that one action of a type adds to a score, and the most that all actions of the type add. */
export type ActionWeighting = FactorizationSettings['actionWeightings'][number];

/**
 * Returns the weightings that count: the last one of each type. Without `halfLifeDays` the types that are worth nothing
 * are left out. With it they stay: the age of their actions counts for n of a user.
 */
export function effectiveWeightings({
  actionWeightings,
  halfLifeDays,
}: Pick<FactorizationSettings, 'actionWeightings' | 'halfLifeDays'>): ActionWeighting[] {
  const byType = new Map(actionWeightings.map((weighting) => [weighting.actionType, weighting]));
  return [...byType.values()].filter(({ valuePerAction }) => valuePerAction !== 0 || halfLifeDays !== undefined);
}

/** Returns the score of a pair. @param counts the number of actions of each type, from index `start` on */
export function scoreOf(counts: ArrayLike<number>, weightings: readonly ActionWeighting[], start = 0): number {
  let score = 0;
  for (let type = 0; type < weightings.length; type++) {
    const { valuePerAction, maxSum } = weightings[type]!;
    const count = counts[start + type]!;
    if (count > 0) score += Math.min(valuePerAction * count, maxSum);
  }
  return Math.fround(score);
}

/** Returns the score of a pair. @param sums of the values of each type's actions, 0 without an action, from index `start` on */
export function scoreOfSums(sums: Float64Array, weightings: readonly ActionWeighting[], start = 0): number {
  let score = 0;
  for (let type = 0; type < weightings.length; type++) {
    const sum = sums[start + type]!;
    if (sum !== 0) score += Math.min(sum, weightings[type]!.maxSum);
  }
  return Math.fround(score);
}

/** Scores the pairs of one row at a time. */
export interface RowScores {
  /** Adds the actions of run `run` of list `list` to the current row. */
  add(matrix: MatrixBuilder, list: number, run: number): void;
  /** Gives the matrix the scores of the current row, and ends the row. */
  endRow(matrix: MatrixBuilder, id: number): void;
}

interface TypedActions {
  readonly starts: Uint32Array;
  readonly items: NarrowColumn;
  readonly types: NarrowColumn;
}

const INITIAL_COUNTS = 1024;

/** Counts the actions of the current row's pairs. *P pairs of the row, T weightings.* */
export class PairCounts implements RowScores {
  readonly #lists: readonly TypedActions[];
  readonly #weightings: readonly ActionWeighting[];
  /** (P, T), and zeros behind them. */
  #counts = new Uint32Array(INITIAL_COUNTS);

  /** @param lists with the columns items and types; a type is an index into `weightings` */
  constructor(lists: readonly ActionRuns[], weightings: readonly ActionWeighting[]) {
    this.#lists = lists.map((list) => ({ starts: list.starts, ...columnsOf(list, 'items', 'types') }));
    this.#weightings = weightings;
  }

  add(matrix: MatrixBuilder, list: number, run: number): void {
    const { starts, items, types } = this.#lists[list]!;
    const start = starts[run]!;
    const end = starts[run + 1]!;
    const width = this.#weightings.length;
    this.#reserve((matrix.pairs + end - start) * width);
    const counts = this.#counts;
    for (let at = start; at < end; at++) {
      counts[matrix.pairOf(items[at]!) * width + types[at]!]!++;
    }
  }

  endRow(matrix: MatrixBuilder, id: number): void {
    const width = this.#weightings.length;
    const { pairs } = matrix;
    for (let pair = 0; pair < pairs; pair++) {
      matrix.setScore(pair, scoreOf(this.#counts, this.#weightings, pair * width));
    }
    matrix.endRow(id);
    this.#counts.fill(0, 0, pairs * width);
  }

  #reserve(length: number): void {
    if (length <= this.#counts.length) return;
    const larger = new Uint32Array(Math.max(length, 2 * this.#counts.length));
    larger.set(this.#counts);
    this.#counts = larger;
  }
}
