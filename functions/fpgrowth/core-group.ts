/** Gives each group of ranks the parts of baskets that it needs, and merges equal parts. */
import { BasketTable, ROW_HEAD, sortedRanks } from '../../shared/kernels/item-sets-baskets.ts';
import type { Baskets } from './core-baskets.ts';
import { layOutRows, type RowsByKey } from './core-rows.ts';

/**
 * Returns the parts of baskets that each group needs, as rows of `item-sets-baskets.ts`, by group.
 *
 * @param rankOf the item's index → its rank, or -1
 * @param groupOf rank → group
 */
export function dealToGroups(
  { places, ends }: Pick<Baskets, 'places' | 'ends'>,
  rankOf: Int32Array,
  groupOf: Uint32Array,
  groups: number,
): RowsByKey {
  const table = new BasketTable();
  const ranks = new Uint32Array(longest(ends));
  let start = 0;
  for (const end of ends) {
    const length = sortedRanks(places, start, end, rankOf, ranks);
    let dealt = -1;
    for (let last = length - 1; last > 0; last--) {
      const group = groupOf[ranks[last]!]!;
      if (group === dealt) continue;
      dealt = group;
      table.add(ranks, 0, last + 1, 1);
    }
    start = end;
  }
  // The last rank of a part names its group, so equal parts belong to the same group.
  return layOutRows(table, ROW_HEAD, groups, (cells, row) => groupOf[cells[row + ROW_HEAD - 1 + cells[row]!]!]!);
}

function longest(ends: Uint32Array): number {
  let most = 0;
  let start = 0;
  for (const end of ends) {
    most = Math.max(most, end - start);
    start = end;
  }
  return most;
}
