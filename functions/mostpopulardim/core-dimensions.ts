/** The counts of items in each of their dimensions. */
import type { FeaturesByNumber } from '../../shared/catalogue/snapshot.ts';
import { Growable } from '../../shared/columns/growable.ts';
import type { CountedItems } from '../../shared/popularity/ranked-rows.ts';

/** The server divides by the first count of a dimension. Counts below this, of negative values, could be 0. */
const LEAST_COUNT = 1;
/** The server reads counts as integers of 32 bits. */
export const LARGEST_COUNT = 2 ** 31 - 1;

export interface DimensionRule {
  readonly minCount: number;
  /** For each dimension 1 if it is required; undefined if none is. (F) */
  readonly required: Uint8Array | undefined;
}

/** The rows of all items that take part, in groups by dimension, and the ids of these items. */
export interface DimensionCounts {
  readonly rows: CountedItems;
  readonly taking: Float64Array;
}

/**
 * Returns a row for each dimension of each item that takes part. An item takes part if it has a dimension, one of the required
 * ones if there are any, and a count that is large enough. *U items.*
 *
 * @param ids (U)
 * @param counts (U)
 * @param dimensions of the items by their numbers, 0 to U − 1
 */
export function dimensionCounts(
  ids: Float64Array,
  counts: Float64Array,
  { starts, ends, features }: FeaturesByNumber,
  { minCount, required }: DimensionRule,
): DimensionCounts {
  const groups = new Growable(Uint32Array);
  const items = new Growable(Float64Array);
  const rowCounts = new Growable(Float64Array);
  const taking = new Growable(Float64Array);
  const least = Math.max(LEAST_COUNT, minCount);
  for (let item = 0; item < ids.length; item++) {
    const own = features.subarray(starts[item]!, ends[item]!);
    const count = counts[item]!;
    if (own.length === 0 || !(count >= least)) continue;
    if (required !== undefined && !own.some((dimension) => required[dimension] === 1)) continue;
    taking.push(ids[item]!);
    for (let at = 0; at < own.length; at++) {
      groups.push(own[at]!);
      items.push(ids[item]!);
      rowCounts.push(count);
    }
  }
  return {
    rows: { groups: groups.view(), items: items.view(), counts: rowCounts.view() },
    taking: taking.view(),
  };
}

/** Returns for each dimension 1 if it is required; undefined if none is. (F) @param labels of the dimensions */
export function requiredAmong(labels: readonly number[], required: readonly number[]): Uint8Array | undefined {
  if (required.length === 0) return undefined;
  const wanted = new Set(required);
  return Uint8Array.from(labels, (label) => Number(wanted.has(label)));
}
