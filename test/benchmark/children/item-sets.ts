/** Finds all frequent item sets by the project's kernel on one thread. The time to read the baskets does not count. */
import { crc32 } from 'node:zlib';
import { rankItems, ranksOf } from '../../../functions/fpgrowth/core-ranks.ts';
import { ItemSetList, mineItemSets } from '../../../shared/kernels/item-sets.ts';
import { BasketTable, sortedRanks } from '../../../shared/kernels/item-sets-baskets.ts';
import { BASKET_ITEMS, readBaskets } from '../baskets.ts';
import type { ItemSetsRun } from '../item-sets.ts';
import { timed } from '../measure.ts';

const { path, minCount, maxSize } = JSON.parse(process.argv[2]!) as ItemSetsRun;
const { ptr, items } = readBaskets(path);
const sets = new ItemSetList();
let ids = new Float64Array();
let counts = new Uint32Array();

const measurement = await timed(() => {
  const all = new Uint32Array(BASKET_ITEMS);
  for (let index = 0; index < items.length; index++) all[items[index]!]!++;
  const frequent = Float64Array.from(all.keys()).filter((item) => all[item]! >= minCount);
  const ranks = rankItems(
    frequent,
    Uint32Array.from(frequent, (item) => all[item]!),
  );
  const rankOf = ranksOf(Float64Array.from(all.keys()), ranks);
  const table = new BasketTable();
  const basket = new Uint32Array(ranks.ids.length);
  for (let row = 0; row + 1 < ptr.length; row++) {
    const length = sortedRanks(items, ptr[row]!, ptr[row + 1]!, rankOf, basket);
    if (length > 1) table.add(basket, 0, length, 1);
  }
  mineItemSets(table, { from: 0, to: ranks.ids.length, minCount, maxSize }, sets);
  ids = Float64Array.from(ranks.ids);
  counts = Uint32Array.from(ranks.counts);
});

/** The sum of the CRC-32 of each set as text, which does not depend on the order of the sets. */
let digest = 0;
const add = (set: readonly number[], count: number) => {
  digest += crc32(`${[...set].sort((a, b) => a - b).join(' ')}:${count}`);
};
for (let rank = 0; rank < ids.length; rank++) add([ids[rank]!], counts[rank]!);
for (let row = 0; row < sets.end; ) {
  const start = row + 2;
  const end = start + sets.cells[row]!;
  add(
    Array.from(sets.cells.subarray(start, end), (rank) => ids[rank]!),
    sets.cells[row + 1]!,
  );
  row = end;
}
process.stdout.write(`${JSON.stringify({ ...measurement, sets: ids.length + sets.length, digest })}\n`);
