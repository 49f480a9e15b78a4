/**
 * Sessions as the trainer takes them: words of the vocabulary by number, cut into sentences, laid out by who trains them
 * when. A sentence's last word has SENTENCE_END added. With items 7, 8, 9 numbered 0, 1 and 9 left out:
 *
 *   session `7 9 8`  →  0, 1 + SENTENCE_END
 */
import { Growable } from '../../shared/columns/growable.ts';
import { SENTENCE_END } from '../../shared/kernels/word2vec.ts';
import { CellWords, type Rounds } from './core-shares.ts';

/** Longer sessions are cut: so many words that are left make a sentence. */
const MAX_SENTENCE_WORDS = 1_000;

/** In place of a vocabulary number: the item is no word. */
export const NO_WORD = 0xffff_ffff;

export class SessionEncoder {
  readonly words: CellWords;
  /** Of each partition's part of each cell, in the order of `words`. */
  readonly #streams: readonly Growable<Uint32Array<ArrayBuffer>>[];
  /** Item number → vocabulary number. */
  readonly #numbers: Uint32Array;

  /** @param numbers item number → vocabulary number, or NO_WORD */
  constructor(rounds: Pick<Rounds, 'partitions' | 'rounds'>, numbers: Uint32Array) {
    this.words = new CellWords(rounds);
    this.#streams = Array.from(this.words.counts, () => new Growable(Uint32Array, 64));
    this.#numbers = numbers;
  }

  /** A session of items by their numbers; what it has of the vocabulary goes to a partition's part of a cell. */
  add(items: ArrayLike<number>, partition: number, cell: number): void {
    const at = this.words.index(partition, cell);
    const stream = this.#streams[at] as Growable<Uint32Array<ArrayBuffer>>;
    let last = NO_WORD;
    let length = 0;
    for (let place = 0; place < items.length; place++) {
      const word = this.#numbers[items[place]!]!;
      if (word === NO_WORD) continue;
      if (last !== NO_WORD) stream.push(length % MAX_SENTENCE_WORDS === 0 ? last + SENTENCE_END : last);
      last = word;
      length++;
    }
    if (last === NO_WORD) return;
    stream.push(last + SENTENCE_END);
    this.words.counts[at]! += length;
  }

  /** What was added, one after another as `words` counts it. */
  views(): Uint32Array[] {
    return this.#streams.map((stream) => stream.view());
  }
}

/** Calls `take` with each session of a column in which the last item of each has SENTENCE_END added. */
export function eachSession(column: Uint32Array, take: (items: Uint32Array) => void): void {
  let start = 0;
  for (let at = 0; at < column.length; at++) {
    if (column[at]! < SENTENCE_END) continue;
    const session = column.slice(start, at + 1);
    session[session.length - 1]! -= SENTENCE_END;
    take(session);
    start = at + 1;
  }
}
