/**
 * Which pairs are kept: those among the `limit` best of either of their items. An item's candidates come from every tile
 * that it lies in, each tile's own best.
 */

/** A pair that an item keeps, by ids. */
export interface PairSink {
  /** @param low the smaller id */
  add(low: number, high: number, sim: number): void;
}

/** An item's partners from one tile. */
export interface Candidates {
  /** Ids. */
  readonly partners: Float64Array;
  readonly sims: Float64Array;
}

/** Adds the pairs that the item `id` keeps: the `limit` most similar, of equal ones those with the smaller id. */
export function keepBest(id: number, candidates: readonly Candidates[], limit: number, sink: PairSink): void {
  const found = candidates.flatMap(({ partners, sims }) =>
    Array.from(partners, (partner, at) => ({ partner, sim: sims[at]! })),
  );
  if (found.length > limit) found.sort((a, b) => b.sim - a.sim || a.partner - b.partner);
  for (const { partner, sim } of found.slice(0, limit)) sink.add(Math.min(id, partner), Math.max(id, partner), sim);
}
