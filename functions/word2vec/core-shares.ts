/**
 * The division of training: which partition trains a session, and when. It depends on the data alone, never on the shards.
 *
 * *S sessions in the order of the inputs, P partitions, R rounds an epoch.* Sessions are dealt out like cards: session s
 * belongs to partition s mod P. They fall into R + 1 *cells*; a *round* trains one cell, each partition its own sessions
 * in it, in the order of the inputs.
 *
 *   P > 1: a random draw decides. 5 % of the sessions are in cell 0, the rest in equal shares in the cells 1 … R. Neighbours
 *          in the inputs (sessions of one user) are thereby separated, and every cell looks like the whole
 *   P = 1: the cells 1 … R follow each other in the order of the inputs, and cell 0 is empty: training is sequential
 *
 *   epoch 0       round 0 trains cell 0, all partitions' sessions by one trainer; rounds 1 … R train the cells 1 … R
 *   later epochs  round 1 trains the cells 0 and 1, rounds 2 … R the cells 2 … R
 */

/** The share of the first epoch that one trainer trains alone, with P > 1: copies that start from random vectors diverge. */
const WARM_UP = 0.05;

export type Rounds = {
  readonly partitions: number;
  /** The number of rounds in an epoch. */
  readonly rounds: number;
  /** The number of epochs. */
  readonly iterations: number;
};

/** A round of an epoch: 1 to R, or 0, the warm-up of epoch 0. */
export type Round = { readonly epoch: number; readonly round: number };

/** Returns the cell of session number `session` of `sessions`. @param draw a random number in [0, 1) of this session */
export function cellOf(session: number, sessions: number, draw: number, { partitions, rounds }: Rounds): number {
  if (partitions === 1) return 1 + Math.floor((session * rounds) / sessions);
  return draw < WARM_UP ? 0 : 1 + Math.floor(((draw - WARM_UP) / (1 - WARM_UP)) * rounds);
}

/** Returns the cells that a round trains: `from` up to, not including, `to`. */
export function cellsOf({ epoch, round }: Round): { readonly from: number; readonly to: number } {
  return { from: round === 1 && epoch > 0 ? 0 : round, to: round + 1 };
}

export const firstRound = ({ partitions }: Rounds): Round => ({ epoch: 0, round: partitions > 1 ? 0 : 1 });

/** Returns the next round, or undefined after the last one. */
export function roundAfter({ epoch, round }: Round, { rounds, iterations }: Rounds): Round | undefined {
  if (round < rounds) return { epoch, round: round + 1 };
  return epoch + 1 < iterations ? { epoch: epoch + 1, round: 1 } : undefined;
}

/**
 * The number of words in each partition's part of each cell. A shard writes the parts in this order: by partition, then by
 * cell.
 */
export class CellWords {
  /** Partition p's part of cell c is entry p (R + 1) + c. */
  readonly counts: Float64Array;
  readonly #cells: number;

  constructor({ partitions, rounds }: Pick<Rounds, 'partitions' | 'rounds'>) {
    this.#cells = rounds + 1;
    this.counts = new Float64Array(partitions * this.#cells);
  }

  index(partition: number, cell: number): number {
    return partition * this.#cells + cell;
  }

  /** Adds the counts of another shard. */
  add(counts: Float64Array): void {
    for (const [at, count] of counts.entries()) this.counts[at]! += count;
  }

  /** Returns the words of the cells `from` up to, not including, `to`: those of one partition, or of all. */
  sum(from: number, to: number, partition?: number): number {
    let sum = 0;
    const first = partition ?? 0;
    const end = partition === undefined ? this.counts.length / this.#cells : partition + 1;
    for (let p = first; p < end; p++) {
      for (let cell = from; cell < to; cell++) sum += this.counts[this.index(p, cell)]!;
    }
    return sum;
  }

  /** Returns the number of words before a partition's part of a cell, in the order of a shard. */
  offset(partition: number, cell: number): number {
    let sum = 0;
    for (let at = 0; at < this.index(partition, cell); at++) sum += this.counts[at]!;
    return sum;
  }
}
