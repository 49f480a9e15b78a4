/**
 * Merging sorted runs: which one is next. A binary heap of the runs by their current key; whoever takes from the first one
 * moves it on and says so.
 *
 *   const runs = new LeastFirst(sorted);
 *   for (let run = runs.first; run; run = runs.first) {
 *     take(run.key);
 *     if (run.next()) runs.moved(); else runs.ended();
 *   }
 */

/** Chunks of runs that are merged, all together and each. Bytes. */
const CHUNKS_BYTES = 4 << 20;
const LARGEST_CHUNK = 1 << 18;
const SMALLEST_CHUNK = 1 << 14;

/** How large chunks should be where so many runs are read at once: together they take no more memory for being many. */
export const chunkBytesOf = (runs: number): number =>
  Math.max(SMALLEST_CHUNK, Math.min(LARGEST_CHUNK, Math.floor(CHUNKS_BYTES / runs)));

export interface Keyed {
  /** Becomes larger as the run is moved on. */
  readonly key: number;
}

export class LeastFirst<Run extends Keyed> {
  /** A run's key is at most those of its two children, `2 i + 1` and `2 i + 2`. */
  readonly #runs: Run[];

  constructor(runs: Iterable<Run>) {
    this.#runs = [...runs].sort((a, b) => a.key - b.key);
  }

  /** The run with the least key; undefined once all have ended. */
  get first(): Run | undefined {
    return this.#runs[0];
  }

  /** The first run has another key now. */
  moved(): void {
    const runs = this.#runs;
    const run = runs[0]!;
    const { key } = run;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= runs.length) break;
      if (child + 1 < runs.length && runs[child + 1]!.key < runs[child]!.key) child++;
      if (runs[child]!.key >= key) break;
      runs[place] = runs[child]!;
      place = child;
    }
    runs[place] = run;
  }

  /** The first run has nothing more. */
  ended(): void {
    const last = this.#runs.pop()!;
    if (this.#runs.length === 0) return;
    this.#runs[0] = last;
    this.moved();
  }
}
