/**
 * The popular items of each dimension the slow way: every count is taken over a list in memory.
 * `functions/mostpopulardim/README.md` defines them.
 */
import type { PlainFeatures } from './affinity.ts';

/** The fields of a grouped action that count. */
export interface PlainValue {
  readonly item: number;
  readonly value: number;
}

export interface PlainDimensionSettings {
  readonly k: number;
  readonly minCount: number;
  readonly requiredDimensions: readonly number[];
}

const LARGEST = 2_147_483_647;

/** Returns the text of the file. Items of capped counts are ranked by their counts before they are capped. */
export function popularByDimensionPlainly(
  actions: readonly PlainValue[],
  dimensions: PlainFeatures<number>,
  { k, minCount, requiredDimensions }: PlainDimensionSettings,
): string {
  const items = [...new Set(actions.map(({ item }) => item))].filter((item) => {
    const own = [...(dimensions.get(item) ?? [])];
    return requiredDimensions.length === 0 ? own.length > 0 : own.some((dim) => requiredDimensions.includes(dim));
  });
  const counted = items
    .map((item) => ({ item, count: countPlainly(actions.filter((action) => action.item === item)) }))
    .filter(({ count }) => count >= minCount && count >= 1);
  const all = [...new Set(counted.flatMap(({ item }) => [...dimensions.get(item)!]))].sort((a, b) => a - b);
  return all
    .flatMap((dim) =>
      counted
        .filter(({ item }) => dimensions.get(item)!.has(dim))
        .sort((a, b) => b.count - a.count || a.item - b.item)
        .slice(0, k)
        .map(({ item, count }) => `${JSON.stringify({ dim, item, count: Math.min(count, LARGEST) })}\n`),
    )
    .join('');
}

/** Returns the number of actions, plus the sum over their distinct values, ascending, of value times number of actions. */
function countPlainly(actions: readonly PlainValue[]): number {
  const values = [...new Set(actions.map(({ value }) => value))].sort((a, b) => a - b);
  const sum = values.reduce((total, value) => total + value * actions.filter((one) => one.value === value).length, 0);
  return actions.length + sum;
}
