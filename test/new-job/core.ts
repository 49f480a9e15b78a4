/** Counts the actions of each item. *I items.* */

export interface Counted {
  /** (I) ids, ascending. */
  readonly items: Float64Array;
  /** (I) actions of each item. */
  readonly counts: Uint32Array;
}

export class ItemCounter {
  readonly #counts = new Map<number, number>();

  add(item: number, count: number): void {
    this.#counts.set(item, (this.#counts.get(item) ?? 0) + count);
  }

  /** Ascending by item, so that the order in which actions came does not show. */
  counted(): Counted {
    const items = Float64Array.from(this.#counts.keys()).sort();
    return { items, counts: Uint32Array.from(items, (item) => this.#counts.get(item)!) };
  }
}

/** Returns a line for each item with at least `least` actions: `<item> <count>`. */
export function countLines({ items, counts }: Counted, least: number): string {
  const lines = Array.from(items, (item, at) => (counts[at]! < least ? '' : `${item} ${counts[at]}\n`));
  return lines.join('');
}
