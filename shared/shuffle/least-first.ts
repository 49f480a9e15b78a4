/**
 * A binary heap of sorted runs, for merging them: it gives the run whose current row comes first. The caller takes from that
 * run, moves it on, and then calls `moved` or `ended`.
 *
 *   const runs = new LeastFirst(sorted, byKey);
 *   for (let run = runs.first; run; run = runs.first) {
 *     take(run.key);
 *     if (run.next()) runs.moved(); else runs.ended();
 *   }
 */

/** The bytes of all chunks of the merged runs together, and the limits for one chunk. */
const CHUNKS_BYTES = 4 << 20;
const LARGEST_CHUNK = 1 << 18;
const SMALLEST_CHUNK = 1 << 14;

/** Returns the bytes of a chunk when so many runs are read at once. More runs get smaller chunks, so memory is bounded. */
export const chunkBytesOf = (runs: number): number =>
  Math.max(SMALLEST_CHUNK, Math.min(LARGEST_CHUNK, Math.floor(CHUNKS_BYTES / runs)));

export interface Keyed {
  /** The current key of the run. It grows as the run is moved on. */
  readonly key: number;
}

/** The order by ascending key. */
export const byKey = (a: Keyed, b: Keyed): boolean => a.key < b.key;

export class LeastFirst<Run> {
  /** Neither of the two children of run i, `2 i + 1` and `2 i + 2`, is before run i. */
  readonly #runs: Run[];
  readonly #isBefore: (a: Run, b: Run) => boolean;

  /** @param isBefore true when the current row of `a` comes before that of `b` */
  constructor(runs: Iterable<Run>, isBefore: (a: Run, b: Run) => boolean) {
    this.#isBefore = isBefore;
    this.#runs = [...runs].sort((a, b) => Number(isBefore(b, a)) - Number(isBefore(a, b)));
  }

  /** The run whose row comes first; undefined when all have ended. */
  get first(): Run | undefined {
    return this.#runs[0];
  }

  /** Restores the order after the first run has moved on. */
  moved(): void {
    const runs = this.#runs;
    const isBefore = this.#isBefore;
    const run = runs[0]!;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= runs.length) break;
      if (child + 1 < runs.length && isBefore(runs[child + 1]!, runs[child]!)) child++;
      if (!isBefore(runs[child]!, run)) break;
      runs[place] = runs[child]!;
      place = child;
    }
    runs[place] = run;
  }

  /** Removes the first run, which has ended. */
  ended(): void {
    const last = this.#runs.pop()!;
    if (this.#runs.length === 0) return;
    this.#runs[0] = last;
    this.moved();
  }
}
