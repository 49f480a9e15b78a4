/**
 * Scores in which older actions weigh less: an action's weight halves every `halfLifeDays`, and does not fall below 0.05.
 *
 *     w = max(0.05, 2^(−max(0, age) / halfLifeDays))        age in days, from the action's time to the end of startDay
 *     score = Σ over types of min(Σ valuePerAction × w, maxSum)
 *     n of a user = Σ over the pairs with a positive score of the largest w among the pair's actions
 *
 * Sums are taken in float64: over actions in order of time, and over pairs in order of their first actions.
 */
import { powerOfHalf } from '../../shared/kernels/power-of-half.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import type { ActionRuns } from '../../shared/shuffle/action-runs.ts';
import { orderGroup } from '../../shared/shuffle/order-actions.ts';
import type { MatrixBuilder } from './core-matrix.ts';
import { type ActionWeighting, type RowScores, scoreOfSums } from './core-scores.ts';
import type { FactorizationSettings } from './settings.ts';

/** Ages are counted back from `endMs`, in milliseconds since 1970-01-01T00:00:00Z. */
export interface Decay {
  readonly endMs: number;
  readonly halfLifeDays: number;
}

/** Returns the decay that the settings ask for, or undefined when every action weighs 1. @param day the last day read */
export const decayOf = (
  { halfLifeDays }: Pick<FactorizationSettings, 'halfLifeDays'>,
  day: number,
): Decay | undefined => (halfLifeDays === undefined ? undefined : { endMs: (day + 1) * MS_PER_DAY, halfLifeDays });

const LEAST_WEIGHT = 0.05;
/** A weight that has halved this many times is below the least weight. */
const MOST_HALVINGS = 5;

/** Returns the weight of an action. */
export function weightOf(timeMs: number, { endMs, halfLifeDays }: Decay): number {
  const halvings = Math.max(0, endMs - timeMs) / MS_PER_DAY / halfLifeDays;
  return halvings < MOST_HALVINGS ? Math.max(LEAST_WEIGHT, powerOfHalf(halvings)) : LEAST_WEIGHT;
}

const INITIAL_LENGTH = 1024;

/** Scores the pairs of one row at a time. *N actions and P pairs of the row, T weightings.* */
export class DecayedScores implements RowScores {
  readonly #lists: readonly ActionRuns[];
  readonly #weightings: readonly ActionWeighting[];
  readonly #decay: Decay;
  #length = 0;
  /** (N) each */
  #times = new Float64Array(INITIAL_LENGTH);
  #items = new Float64Array(INITIAL_LENGTH);
  #types = new Float64Array(INITIAL_LENGTH);
  /** (P, T) sums of valuePerAction × w, and zeros behind them. */
  #sums = new Float64Array(INITIAL_LENGTH);
  /** (P) the largest w of each pair, and zeros behind them. */
  #largest = new Float64Array(INITIAL_LENGTH);

  /** @param lists with the columns items, times and types; a type is an index into `weightings` */
  constructor(lists: readonly ActionRuns[], weightings: readonly ActionWeighting[], decay: Decay) {
    this.#lists = lists;
    this.#weightings = weightings;
    this.#decay = decay;
  }

  add(_matrix: MatrixBuilder, list: number, run: number): void {
    const { starts, columns } = this.#lists[list]!;
    const start = starts[run]!;
    const end = starts[run + 1]!;
    const from = this.#length;
    this.#length += end - start;
    this.#reserve();
    this.#times.set(columns.get('times')!.subarray(start, end), from);
    this.#items.set(columns.get('items')!.subarray(start, end), from);
    this.#types.set(columns.get('types')!.subarray(start, end), from);
  }

  endRow(matrix: MatrixBuilder, id: number): void {
    // The order must not depend on how actions are divided into lists: by time, then item, then type.
    orderGroup([this.#times, this.#items, this.#types], 0, this.#length);
    this.#sumActions(matrix);
    const width = this.#weightings.length;
    const { pairs } = matrix;
    for (let pair = 0; pair < pairs; pair++) {
      matrix.setScore(pair, scoreOfSums(this.#sums, this.#weightings, pair * width));
    }
    matrix.endRow(id, this.#largest);
    this.#sums.fill(0, 0, pairs * width);
    this.#largest.fill(0, 0, pairs);
    this.#length = 0;
  }

  #sumActions(matrix: MatrixBuilder): void {
    const width = this.#weightings.length;
    for (let at = 0; at < this.#length; at++) {
      const pair = matrix.pairOf(this.#items[at]!);
      const type = this.#types[at]!;
      const weight = weightOf(this.#times[at]!, this.#decay);
      this.#sums[pair * width + type]! += this.#weightings[type]!.valuePerAction * weight;
      if (weight > this.#largest[pair]!) this.#largest[pair] = weight;
    }
  }

  /** Makes room for the actions of the row, each of which may be a pair. */
  #reserve(): void {
    this.#times = longer(this.#times, this.#length);
    this.#items = longer(this.#items, this.#length);
    this.#types = longer(this.#types, this.#length);
    this.#sums = longer(this.#sums, this.#length * this.#weightings.length);
    this.#largest = longer(this.#largest, this.#length);
  }
}

/** Returns the column when it has `length` places, else a longer one that begins with the same values. */
function longer(column: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  if (length <= column.length) return column;
  const larger = new Float64Array(Math.max(length, 2 * column.length));
  larger.set(column);
  return larger;
}
