/** Counts the actions of each item. Every action counts as one, whatever its user, its type and its value are. */
import { Growable } from '../../shared/columns/growable.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { narrowed } from '../../shared/columns/narrow.ts';
import type { CountedItems } from '../../shared/popularity/ranked-rows.ts';
import type { Runs } from '../../shared/shuffle/runs.ts';

/** A run is one item, with one row: the number of its actions. */
export type ItemCounts = Runs<'counts'>;

export class ItemCounter {
  /** The number of actions on item 0, which is no item: they are left out. */
  withoutItem = 0;
  readonly #items = new IdIndex();
  readonly #counts = new Growable(Float64Array);

  /** Adds the actions on `items[0, count)`. */
  add(items: Float64Array, count: number): void {
    for (let row = 0; row < count; row++) {
      const item = items[row]!;
      if (item === 0) this.withoutItem++;
      else addTo(this.#counts, this.#items.add(item), 1);
    }
  }

  finish(): ItemCounts {
    const ids = this.#items.ids;
    return {
      ids,
      starts: Uint32Array.from({ length: ids.length + 1 }, (_, run) => run),
      columns: new Map([['counts', narrowed(this.#counts.view())]]),
    };
  }
}

/** Adds up the counts of several shards. The items are one group, in any order. */
export function sumOfCounts(lists: readonly ItemCounts[]): CountedItems {
  const items = new IdIndex();
  const sums = new Growable(Float64Array);
  for (const { ids, columns } of lists) {
    const counts = columns.get('counts')!;
    for (let run = 0; run < ids.length; run++) addTo(sums, items.add(ids[run]!), counts[run]!);
  }
  return { groups: new Uint32Array(items.size), items: items.ids, counts: sums.view() };
}

/** Adds to the count of item number `place`, which is at most the next new number. */
function addTo(counts: Growable<Float64Array<ArrayBuffer>>, place: number, count: number): void {
  if (place === counts.length) counts.push(count);
  else counts.view()[place]! += count;
}
