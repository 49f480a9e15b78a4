/** The kernel from baskets to rules: it counts and ranks items, mines item sets, joins antecedents and writes rules. */
import { JoinRows } from '../../../functions/fpgrowth/core-antecedents.ts';
import { BasketCounter } from '../../../functions/fpgrowth/core-baskets.ts';
import { dealToGroups } from '../../../functions/fpgrowth/core-group.ts';
import { rankItems, ranksOf } from '../../../functions/fpgrowth/core-ranks.ts';
import { ruleLines, rulesIn } from '../../../functions/fpgrowth/core-rules.ts';
import { minCountOf } from '../../../functions/fpgrowth/core-support.ts';
import { fpGrowth } from '../../../functions/fpgrowth/job.ts';
import { permuted } from '../../../shared/columns/counting-sort.ts';
import { Growable } from '../../../shared/columns/growable.ts';
import { ItemSetList, mineItemSets } from '../../../shared/kernels/item-sets.ts';
import { filesIn, readItemLineFiles } from '../files.ts';
import type { Kernel } from './kernel.ts';

/** A limit that is never reached, because the limit of the job is for shards. */
const MAX_CELLS = 2 ** 30;

export const kernel: Kernel = async ({ folder, settings: given }) => {
  const settings = fpGrowth.settings.parse(given);
  const items = new Growable(Float64Array);
  const ends = new Growable(Uint32Array);
  readItemLineFiles(filesIn(folder), (ids) => {
    items.append(ids as Float64Array<ArrayBuffer>);
    ends.push(items.length);
  });
  return async function* () {
    const counter = new BasketCounter();
    const all = items.view();
    let start = 0;
    for (const end of ends.view()) {
      counter.add(all.subarray(start, end));
      start = end;
    }
    const baskets = counter.baskets();
    const minCount = minCountOf(settings, baskets.total);
    const frequent = Uint32Array.from(baskets.counts.keys()).filter((place) => baskets.counts[place]! >= minCount);
    const ranks = rankItems(permuted(baskets.items, frequent), permuted(baskets.counts, frequent));

    const oneGroup = new Uint32Array(frequent.length);
    const { cells } = dealToGroups(baskets, ranksOf(baskets.items, ranks), oneGroup, 1);
    const sets = new ItemSetList(MAX_CELLS);
    const range = { from: 0, to: frequent.length };
    mineItemSets({ cells, end: cells.length }, { ...range, minCount, maxSize: settings.maxItemSetSize }, sets);

    const rows = new JoinRows(settings.maxItemSetSize, MAX_CELLS);
    for (const [rank, count] of ranks.counts.entries()) rows.addItem(rank, count);
    rows.addSets(sets);
    const rules = rulesIn(rows.byAntecedent(1).cells, ranks, baskets.total, settings);
    yield Buffer.from(ruleLines(rules.cells, ranks, baskets.total).join(''));
  };
};
