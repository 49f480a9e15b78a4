/**
 * The score of a (user, item) pair: each type of action adds its value times the number of actions, up to a maximum.
 *
 *     score = Σ over types of min(valuePerAction × count, maxSum)       summed in float64, kept as float32
 */
import type { NarrowColumn } from '../../shared/columns/narrow.ts';
import type { MatrixBuilder } from './core-matrix.ts';
import type { FactorizationSettings } from './settings.ts';

/** The value that one action of a type adds to a score, and the most that all actions of the type add. */
export type ActionWeighting = FactorizationSettings['actionWeightings'][number];

/** Returns the weightings that count: the last one of each type, without the types that are worth nothing. */
export function effectiveWeightings(weightings: readonly ActionWeighting[]): ActionWeighting[] {
  const byType = new Map(weightings.map((weighting) => [weighting.actionType, weighting]));
  return [...byType.values()].filter((weighting) => weighting.valuePerAction !== 0);
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

/** Actions of several users. The type of an action is an index into the weightings. */
export interface TypedActions {
  /** Run r's actions are `starts[r]` up to, not including, `starts[r + 1]`. */
  readonly starts: Uint32Array;
  readonly items: NarrowColumn;
  readonly types: NarrowColumn;
}

const INITIAL_COUNTS = 1024;

/** Counts the actions of the current row's pairs. *P pairs of the row, T weightings.* */
export class PairCounts {
  readonly #weightings: readonly ActionWeighting[];
  /** (P, T), and zeros behind them. */
  #counts = new Uint32Array(INITIAL_COUNTS);

  constructor(weightings: readonly ActionWeighting[]) {
    this.#weightings = weightings;
  }

  /** Counts one run of actions, and adds its new pairs to the current row. */
  add(matrix: MatrixBuilder, { starts, items, types }: TypedActions, run: number): void {
    const start = starts[run]!;
    const end = starts[run + 1]!;
    const width = this.#weightings.length;
    this.#reserve((matrix.pairs + end - start) * width);
    const counts = this.#counts;
    for (let at = start; at < end; at++) {
      counts[matrix.pairOf(items[at]!) * width + types[at]!]!++;
    }
  }

  /** Turns the counts into the scores of the current row, and sets the counts to 0 for the next row. */
  score(matrix: MatrixBuilder): void {
    const width = this.#weightings.length;
    for (let pair = 0; pair < matrix.pairs; pair++) {
      matrix.setScore(pair, scoreOf(this.#counts, this.#weightings, pair * width));
    }
    this.#counts.fill(0, 0, matrix.pairs * width);
  }

  #reserve(length: number): void {
    if (length <= this.#counts.length) return;
    const larger = new Uint32Array(Math.max(length, 2 * this.#counts.length));
    larger.set(this.#counts);
    this.#counts = larger;
  }
}
