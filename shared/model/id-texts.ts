/**
 * Keeps the client's own texts of chosen ids, as `readIdPairs` passes them.
 *
 *   const texts = new IdTexts((kind, id) => kind === 'item' && listed.has(id));
 *   await readIdPairs(store, client, days, texts.add, texts);
 *   texts.textOf('item', 2456475299651555)            SKU-3
 */
import { type IdKind, type IdPairOptions, idCollision, type TakePair } from './id-pairs.ts';

export class IdTexts implements IdPairOptions {
  readonly wants: (kind: IdKind, id: number) => boolean;
  readonly #texts: Readonly<Record<IdKind, Map<number, string>>> = { user: new Map(), item: new Map() };
  /** The ids whose text is from a day with assigned ids. */
  readonly #assigned: Readonly<Record<IdKind, Set<number>>> = { user: new Set(), item: new Set() };

  /** @param wants true for the ids whose texts are kept; default: all */
  constructor(wants: IdPairOptions['wants'] = () => true) {
    this.wants = wants;
  }

  /**
   * Takes a pair. Of several texts that a client gave to one id, the last one stays.
   *
   * @throws IdCollisionError when two different texts were assigned the same id
   */
  readonly add: TakePair = (kind, id, text, assigned) => {
    const texts = this.#texts[kind];
    const before = texts.get(id);
    if (before !== text) {
      if (assigned && before !== undefined && this.#assigned[kind].has(id)) throw idCollision(kind, id, before, text);
      texts.set(id, text);
    }
    if (assigned) this.#assigned[kind].add(id);
    else if (before !== text) this.#assigned[kind].delete(id);
  };

  /** Returns the client's own text of an id; undefined when no pair had it. */
  textOf(kind: IdKind, id: number): string | undefined {
    return this.#texts[kind].get(id);
  }

  /** Yields the ids of a kind that have a text, with their texts, and whether the id was made from the text. */
  *entries(kind: IdKind): Generator<readonly [id: number, text: string, assigned: boolean]> {
    for (const [id, text] of this.#texts[kind]) yield [id, text, this.#assigned[kind].has(id)];
  }
}
