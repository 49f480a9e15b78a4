/** Finds the ids and texts that somebody may have meant who gave an unknown one. */
import { editDistance } from '../config/did-you-mean.ts';
import { Best } from './best.ts';

/** More suggestions are not read. */
const MOST = 3;

/** The known ids that are nearest to a wanted one as numbers. */
export class NearestIds {
  readonly #wanted: number;
  readonly #best = new Best<number>(MOST);

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  /** Nearest first. */
  get ids(): readonly number[] {
    return this.#best.list.map(({ key }) => key);
  }

  /** Offers a known id, which may come again. */
  offer(id: number): void {
    if (this.#best.list.some(({ key }) => key === id)) return;
    this.#best.offer(id, -Math.abs(id - this.#wanted));
  }
}

/** The known texts that are like a wanted one: by edit distance, which is less than half of the wanted one's length. */
export class NearestTexts {
  readonly #wanted: string;
  readonly #best = new Best<string>(MOST);

  constructor(wanted: string) {
    this.#wanted = wanted.toLowerCase();
  }

  /** Nearest first. */
  get texts(): readonly string[] {
    return this.#best.list.map(({ key }) => key);
  }

  /** Offers a known text, which may come again. */
  offer(text: string): void {
    const { list } = this.#best;
    // Most texts are farther away than the ones that are kept, and need no exact distance.
    const worst = list.length === MOST ? -list.at(-1)!.score + 1 : Number.POSITIVE_INFINITY;
    const limit = Math.min(worst, Math.ceil(this.#wanted.length / 2));
    const distance = editDistance(text.toLowerCase(), this.#wanted, limit);
    if (distance >= limit || list.some(({ key }) => key === text)) return;
    this.#best.offer(text, -distance);
  }
}
