/**
 * Exact sums of the users' measures in every resample.
 *
 * A row has a number for each of R resamples, after one for the users as they are (all weights 1): R + 1 numbers. Users are
 * summed in cells. A cell holds the users who are in the same slices and are served alike, so each user is added once, and a
 * population is the sum of some cells. For example, with the scorers `als` and `popularity`:
 *
 *   cell   users who are                    rows
 *   0      in no slice, not served by all   weight, recall of als, ndcg of als, …, recall of popularity, …
 *   9      new (1) and served by all (8)    weight, recall of als, …
 *
 * The population "served" is the sum of the cells with the bit 8. Readings over several days (`pooled.ts`) compare each scorer
 * with the baselines over the users whom this scorer serves, whatever the others do. These are the users served by all, and
 * those in the table `partly`, which are served by this scorer and not by all.
 *
 * Weights are integers and measures are integers below 2^32 + 1, so sums are exact up to a million users, in any order.
 */
import { MEASURES, type Measure } from './measures.ts';
import { drawWeights, RESAMPLES } from './resampling.ts';
import { SLICES, type Slice, sliceBit } from './slices.ts';
import type { UserResults } from './user-results.ts';

/** The names of the two scorers that every evaluation has. */
export const BASELINES = ['popularity', 'recent-popularity'] as const;

export type Baseline = (typeof BASELINES)[number];

/** A population of test users: all, those whom all scorers serve, or a slice. */
export type Population = 'all' | 'served' | Slice;

const SERVED_BIT = 1 << SLICES.length;
const CELLS = SERVED_BIT << 1;

/** The rows of a scorer in the table `partly`: weights, and weight × recall of each baseline. */
const PARTLY_ROWS = 1 + BASELINES.length;

export interface UserBlock {
  /** (U) ids. A user is added once. */
  readonly users: Float64Array;
  /** (U) see `slicesOf`. */
  readonly slices: Uint8Array;
  /** One for each scorer, in the order of the scorers. */
  readonly results: readonly UserResults[];
}

/** The sums as columns of a segment file. */
export interface SumColumns {
  /** The numbers of the cells with users, ascending. */
  readonly cells: Uint32Array;
  /** (cells, 1 + 4 scorers, R + 1) */
  readonly sums: Float64Array;
  /** (scorers, 3, R + 1) */
  readonly partly: Float64Array;
}

export class ResampleSums {
  readonly seed: number;
  /** Ascending by name. */
  readonly scorers: readonly string[];
  readonly resamples: number;
  /** R + 1. */
  readonly #width: number;
  /** Cell → its rows, (1 + 4 scorers, R + 1); undefined for a cell without users. */
  readonly #cells: (Float64Array | undefined)[] = Array.from({ length: CELLS });
  readonly #partly: Float64Array;
  readonly #weights: Float64Array;

  /** @param scorers the names of all scorers; the baselines are among them */
  constructor(seed: number, scorers: readonly string[], resamples: number = RESAMPLES) {
    this.seed = seed;
    this.scorers = scorers;
    this.resamples = resamples;
    this.#width = resamples + 1;
    this.#partly = new Float64Array(scorers.length * PARTLY_ROWS * this.#width);
    this.#weights = new Float64Array(this.#width);
  }

  /** Adds users. Their order, and how they are cut into blocks, changes nothing. */
  add({ users, slices, results }: UserBlock): void {
    const columns = results.flatMap((result) => MEASURES.map((measure) => result[measure]));
    const baselines = BASELINES.map((name) => results[this.scorers.indexOf(name)]!.recall);
    const weights = this.#weights;
    for (let at = 0; at < users.length; at++) {
      drawWeights(weights, this.seed, users[at]!);
      const isServed = results.every(({ served }) => served[at] === 1);
      const cell = this.#cell(slices[at]! | (isServed ? SERVED_BIT : 0));
      addRow(cell, 0, weights, 1);
      for (const [place, column] of columns.entries()) addRow(cell, (1 + place) * this.#width, weights, column[at]!);
      if (isServed) continue;
      const values = [1, ...baselines.map((recall) => recall[at]!)];
      for (const [scorer, { served }] of results.entries()) {
        if (served[at] !== 1) continue;
        for (const [row, value] of values.entries()) addRow(this.#partly, this.#partlyRow(scorer, row), weights, value);
      }
    }
  }

  /** Adds the sums of other users. Seed, scorers and resamples must be the same. */
  merge(columns: SumColumns): void {
    const length = (1 + MEASURES.length * this.scorers.length) * this.#width;
    for (const [place, cell] of columns.cells.entries()) {
      addAll(this.#cell(cell), columns.sums.subarray(place * length, (place + 1) * length));
    }
    addAll(this.#partly, columns.partly);
  }

  toColumns(): SumColumns {
    const used = this.#cells.flatMap((rows, cell) => (rows === undefined ? [] : [{ cell, rows }]));
    const sums = new Float64Array(used.reduce((length, { rows }) => length + rows.length, 0));
    for (const [place, { rows }] of used.entries()) sums.set(rows, place * rows.length);
    return { cells: Uint32Array.from(used, ({ cell }) => cell), sums, partly: this.#partly };
  }

  /** Returns the weights of a population (R + 1). The first one is its number of users. */
  weights(population: Population): Float64Array {
    return this.#row(population, 0);
  }

  /** Returns the sums of weight × measure over a population (R + 1), in units of 2^-32. */
  sums(population: Population, scorer: string, measure: Measure): Float64Array {
    const place = this.scorers.indexOf(scorer) * MEASURES.length + MEASURES.indexOf(measure);
    return this.#row(population, 1 + place);
  }

  /** Returns the weights of the users whom a scorer serves (R + 1). */
  ownWeights(scorer: string): Float64Array {
    return this.#withPartly(this.weights('served'), scorer, 0);
  }

  /** Returns the sums of weight × recall of a baseline over the users whom a scorer serves (R + 1), in units of 2^-32. */
  ownSums(scorer: string, baseline: Baseline): Float64Array {
    return this.#withPartly(this.sums('served', baseline, 'recall'), scorer, 1 + BASELINES.indexOf(baseline));
  }

  #withPartly(sums: Float64Array, scorer: string, row: number): Float64Array {
    const start = this.#partlyRow(this.scorers.indexOf(scorer), row);
    addAll(sums, this.#partly.subarray(start, start + this.#width));
    return sums;
  }

  #cell(cell: number): Float64Array {
    this.#cells[cell] ??= new Float64Array((1 + MEASURES.length * this.scorers.length) * this.#width);
    return this.#cells[cell];
  }

  #partlyRow(scorer: number, row: number): number {
    return (scorer * PARTLY_ROWS + row) * this.#width;
  }

  #row(population: Population, row: number): Float64Array {
    const bit = population === 'all' ? 0 : population === 'served' ? SERVED_BIT : sliceBit(population);
    const sum = new Float64Array(this.#width);
    for (const [cell, rows] of this.#cells.entries()) {
      if (rows === undefined || (cell & bit) !== bit) continue;
      addAll(sum, rows.subarray(row * this.#width, (row + 1) * this.#width));
    }
    return sum;
  }
}

/** Adds weights × value to the row of `table` that begins at `start`. */
function addRow(table: Float64Array, start: number, weights: Float64Array, value: number): void {
  // Most users have no hit, so this saves most of the time.
  if (value === 0) return;
  for (let place = 0; place < weights.length; place++) table[start + place]! += weights[place]! * value;
}

function addAll(table: Float64Array, more: Float64Array): void {
  for (let place = 0; place < table.length; place++) table[place]! += more[place]!;
}
