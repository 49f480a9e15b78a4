/**
 * Ranks items by the sum of their similarities to the items that the user met. Sums are taken in float64, over the met items by
 * ascending id.
 *
 * *U users of the block, I known items, R similarities that a user of the block needs.*
 */

import { offsetsOf, orderBy } from '../../shared/columns/counting-sort.ts';
import { Growable } from '../../shared/columns/growable.ts';
import type { IdIndex } from '../../shared/columns/id-index.ts';
import { placesOf } from '../../shared/evaluation/places-of.ts';
import type { PublishedModel } from '../../shared/evaluation/published-model.ts';
import { RankedLists } from '../../shared/evaluation/ranked-lists.ts';
import type { RankedItems, ScoredBlock, Scorer } from '../../shared/evaluation/scorer.ts';
import { similarityIn } from '../../shared/evaluation/similarity-lines.ts';

export const scorer: Scorer = {
  job: 'similar-items',
  node: 'similar-items',
  writes: 'item-similarity',
  fillsTable: true,
  rank: rankBySimilarity,
};

/** The similarities of the items that some user of the block met, by item. */
interface Partners {
  /** (I + 1) */
  readonly offsets: Uint32Array;
  /** (R) indexes of the similar items. */
  readonly partners: Uint32Array;
  /** (R) */
  readonly similarities: Float64Array;
}

async function rankBySimilarity(model: PublishedModel, block: ScoredBlock): Promise<RankedItems> {
  const { users, items, met, cutoff } = block;
  const { offsets, partners, similarities } = await readPartners(model, block);
  const lists = new RankedLists(users.length, cutoff);
  const sums = new Float64Array(items.length);
  const isMet = new Uint8Array(items.length);
  for (let user = 0; user < users.length; user++) {
    const own = met.items.subarray(met.starts[user], met.starts[user + 1]);
    const touched: number[] = [];
    for (const item of own) {
      isMet[item] = 1;
      for (let at = offsets[item]!; at < offsets[item + 1]!; at++) {
        const partner = partners[at]!;
        if (sums[partner] === 0) touched.push(partner);
        sums[partner]! += similarities[at]!;
      }
    }
    for (const item of touched) {
      if (isMet[item] === 0) lists.offer(user, item, sums[item]!);
      sums[item] = 0;
    }
    for (const item of own) isMet[item] = 0;
  }
  return lists;
}

async function readPartners(model: PublishedModel, { items, met }: ScoredBlock): Promise<Partners> {
  const isNeeded = new Uint8Array(items.length);
  for (const item of met.items) isNeeded[item] = 1;
  const known = placesOf(items);
  const rows = new Rows(known, isNeeded);
  for (const part of model.parts()) {
    await model.lines(part, (buffer, start, end) => rows.add(buffer.toString('latin1', start, end)));
  }
  const from = rows.from.view();
  const offsets = offsetsOf(from, items.length);
  const order = orderBy(from, offsets);
  const [to, similarities] = [rows.to.view(), rows.similarities.view()];
  return {
    offsets,
    partners: Uint32Array.from(order, (row) => to[row]!),
    similarities: Float64Array.from(order, (row) => similarities[row]!),
  };
}

/** Collects the rows of needed items. A line of the model is a row of each of its two items. */
class Rows {
  readonly from = new Growable(Uint32Array);
  readonly to = new Growable(Uint32Array);
  readonly similarities = new Growable(Float64Array);
  readonly #known: IdIndex;
  readonly #isNeeded: Uint8Array;

  constructor(known: IdIndex, isNeeded: Uint8Array) {
    this.#known = known;
    this.#isNeeded = isNeeded;
  }

  /** @throws RangeError for a line that is no similarity */
  add(line: string): void {
    const { item1, item2, similarity } = similarityIn(line);
    const a = this.#known.get(item1);
    const b = this.#known.get(item2);
    if (a < 0 || b < 0) return;
    if (this.#isNeeded[a] === 1) this.#push(a, b, similarity);
    if (this.#isNeeded[b] === 1) this.#push(b, a, similarity);
  }

  #push(from: number, to: number, similarity: number): void {
    this.from.push(from);
    this.to.push(to);
    this.similarities.push(similarity);
  }
}
