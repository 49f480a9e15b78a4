/**
 * The kernel from users' rows to similarities: it makes pairs distinct, numbers items by popularity, counts all pairs as one
 * tile and writes the best. It begins with the items of each user side by side.
 */
import { numberRows } from '../../../functions/similar-items/core-blocks.ts';
import { idsByNumber, numbersOf, Tally } from '../../../functions/similar-items/core-catalogue.ts';
import { linesOf } from '../../../functions/similar-items/core-lines.ts';
import { distinctPairs, type Pairs } from '../../../functions/similar-items/core-pairs.ts';
import { keepBest } from '../../../functions/similar-items/core-select.ts';
import { tileRows } from '../../../functions/similar-items/core-tile.ts';
import { similarItems } from '../../../functions/similar-items/job.ts';
import type { StepSettings } from '../../../functions/similar-items/settings.ts';
import { Growable } from '../../../shared/columns/growable.ts';
import { bestPartners, type Partners } from '../../../shared/kernels/similarity.ts';
import { gammaOf, weightOf } from '../../../shared/kernels/similarity-sampling.ts';
import { orderActions } from '../../../shared/shuffle/order-actions.ts';
import { actionsIn, groupedByUser } from './actions.ts';
import type { Kernel } from './kernel.ts';

export const kernel: Kernel = async ({ folder, settings: given }) => {
  const settings = similarItems.settings.parse(given);
  const { users, offsets, items } = orderActions(groupedByUser(actionsIn(folder), { columns: ['items'] }));
  return async function* () {
    const { ids, best } = similarities(distinctPairs(users, offsets, items), settings);
    const kept = {
      low: new Growable(Float64Array),
      high: new Growable(Float64Array),
      sims: new Growable(Float64Array),
    };
    const sink = {
      add(low: number, high: number, sim: number) {
        kept.low.push(low);
        kept.high.push(high);
        kept.sims.push(sim);
      },
    };
    for (let item = 0; item < ids.length; item++) {
      const [start, end] = [best.offsets[item], best.offsets[item + 1]];
      const partners = Float64Array.from(best.partners.subarray(start, end), (partner) => ids[partner]!);
      keepBest(ids[item]!, [{ partners, sims: best.sims.subarray(start, end) }], settings.limit, sink);
    }
    yield* linesOf({ low: kept.low.view(), high: kept.high.view(), sims: kept.sims.view() }).text;
  };
};

/** Returns each item's best partners by their numbers, and the ids of the numbers. */
function similarities(pairs: Pairs, settings: StepSettings): { ids: Float64Array; best: Partners } {
  const { minUsersPerItem, maxUsersPerItem, minItemsPerUser, dimsumThreshold, limit } = settings;
  const tally = new Tally();
  tally.add(pairs);
  const catalogue = tally.catalogue(minUsersPerItem, maxUsersPerItem);
  const ids = idsByNumber(catalogue);
  const options = { minItemsPerUser, blocks: 1, width: ids.length };
  const rows = numberRows(pairs, numbersOf(pairs.itemIds, catalogue), options);

  const gamma = gammaOf(rows.seenItems.length, dimsumThreshold);
  if (Number.isFinite(gamma)) throw new RangeError('the kernel is measured without sampling: give dimsumThreshold 0');
  const weights = new Float64Array(ids.length);
  for (const [at, item] of rows.seenItems.entries()) weights[item] = weightOf(rows.seenUserCounts[at]!, gamma);
  const all = { from: 0, to: ids.length };
  const tile = { rows: all, columns: all };
  return { ids, best: bestPartners({ ids, weights, rows: ids.length, rowPairs: true, limit }, tileRows(rows, tile)) };
}
