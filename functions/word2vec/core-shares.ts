/**
 * Which sessions are trained when, and by whom: by the data alone, never by the shards.
 *
 * *S sessions in the order of the inputs, P partitions, R rounds an epoch.* Sessions are dealt out like cards: session s
 * belongs to partition s mod P. They fall into R + 1 *cells*; a *round* trains one cell, each partition its own sessions
 * in it, in the order of the inputs.
 *
 *   P > 1: a draw decides. 5 % are in cell 0, the rest in equal shares in the cells 1 … R. Neighbours in the inputs
 *          (a user's sessions) so come apart, and every cell looks like the whole
 *   P = 1: the cells 1 … R follow each other in the order of the inputs, cell 0 is empty: training is sequential
 *
 *   epoch 0       round 0 trains cell 0, all partitions' sessions by one trainer; rounds 1 … R train the cells 1 … R
 *   later epochs  round 1 trains the cells 0 and 1, rounds 2 … R the cells 2 … R
 */

/** With P > 1 so much of the first epoch is trained by one trainer alone: copies of a random start grow apart. */
const WARM_UP = 0.05;

export interface Rounds {
  readonly partitions: number;
  /** An epoch. */
  readonly rounds: number;
  /** Epochs. */
  readonly iterations: number;
}

/** A round of an epoch: 1 to R, or 0, the warm-up of epoch 0. */
export interface Round {
  readonly epoch: number;
  readonly round: number;
}

/** The cell of session number `session` of `sessions`; `draw` is its own, in [0, 1). */
export function cellOf(session: number, sessions: number, draw: number, { partitions, rounds }: Rounds): number {
  if (partitions === 1) return 1 + Math.floor((session * rounds) / sessions);
  return draw < WARM_UP ? 0 : 1 + Math.floor(((draw - WARM_UP) / (1 - WARM_UP)) * rounds);
}

/** The first cell that a round trains, and the one after its last. */
export function cellsOf({ epoch, round }: Round): { readonly from: number; readonly to: number } {
  return { from: round === 1 && epoch > 0 ? 0 : round, to: round + 1 };
}

export const firstRound = ({ partitions }: Rounds): Round => ({ epoch: 0, round: partitions > 1 ? 0 : 1 });

/** Undefined after the last one. */
export function roundAfter({ epoch, round }: Round, { rounds, iterations }: Rounds): Round | undefined {
  if (round < rounds) return { epoch, round: round + 1 };
  return epoch + 1 < iterations ? { epoch: epoch + 1, round: 1 } : undefined;
}

/** Words of each partition's part of each cell; also the order in which a shard lays them: by partition, then cell. */
export class CellWords {
  /** Entry p (R + 1) + c. */
  readonly counts: Float64Array;
  readonly #cells: number;

  constructor({ partitions, rounds }: Pick<Rounds, 'partitions' | 'rounds'>) {
    this.#cells = rounds + 1;
    this.counts = new Float64Array(partitions * this.#cells);
  }

  index(partition: number, cell: number): number {
    return partition * this.#cells + cell;
  }

  /** Adds the counts of another part of the data. */
  add(counts: Float64Array): void {
    for (const [at, count] of counts.entries()) this.counts[at]! += count;
  }

  /** Words of the cells `from` to `to` (exclusive): of one partition, or of all. */
  sum(from: number, to: number, partition?: number): number {
    let sum = 0;
    const first = partition ?? 0;
    const end = partition === undefined ? this.counts.length / this.#cells : partition + 1;
    for (let p = first; p < end; p++) {
      for (let cell = from; cell < to; cell++) sum += this.counts[this.index(p, cell)]!;
    }
    return sum;
  }

  /** Words before a partition's part of a cell, where all lie one after another. */
  offset(partition: number, cell: number): number {
    let sum = 0;
    for (let at = 0; at < this.index(partition, cell); at++) sum += this.counts[at]!;
    return sum;
  }
}
