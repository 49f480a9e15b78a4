/**
 * The selection of pairs: a pair is kept when it is among the `limit` best of either of its items. Every tile that contains
 * an item gives the item's best partners in that tile as candidates.
 */

/** Takes the pairs that items keep. */
export interface PairSink {
  /** @param low the smaller id @param high the larger id */
  add(low: number, high: number, sim: number): void;
}

/** An item's candidates from one tile. *C candidates.* */
export interface Candidates {
  /** Ids. (C) */
  readonly partners: Float64Array;
  /** (C) */
  readonly sims: Float64Array;
}

/**
 * Adds the pairs that an item keeps: the `limit` most similar ones; of equal ones, those with the smaller partner id.
 */
export function keepBest(id: number, candidates: readonly Candidates[], limit: number, sink: PairSink): void {
  const found = candidates.flatMap(({ partners, sims }) =>
    Array.from(partners, (partner, at) => ({ partner, sim: sims[at]! })),
  );
  if (found.length > limit) found.sort((a, b) => b.sim - a.sim || a.partner - b.partner);
  for (const { partner, sim } of found.slice(0, limit)) sink.add(Math.min(id, partner), Math.max(id, partner), sim);
}
