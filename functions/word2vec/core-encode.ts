/**
 * Sessions as the trainer takes them: vocabulary numbers, cut into sentences, in the order of partitions and cells. The last
 * word of a sentence has SENTENCE_END added. In this example, items 7 and 8 have the numbers 0 and 1, and item 9 is not in
 * the vocabulary:
 *
 *   session `7 9 8`  →  0, 1 + SENTENCE_END
 */
import { Growable } from '../../shared/columns/growable.ts';
import { SENTENCE_END } from '../../shared/kernels/word2vec.ts';
import { CellWords, type Rounds } from './core-shares.ts';

/** The most words of a sentence. A longer session is cut. */
const MAX_SENTENCE_WORDS = 1_000;

/** Stands for an item that is not in the vocabulary. */
export const NO_WORD = 0xffff_ffff;

export class SessionEncoder {
  readonly words: CellWords;
  /** The words of each partition's part of each cell, in the order of `words`. */
  readonly #streams: readonly Growable<Uint32Array<ArrayBuffer>>[];
  /** Item number → vocabulary number. */
  readonly #numbers: Uint32Array;

  /** @param numbers item number → vocabulary number, or NO_WORD */
  constructor(rounds: Pick<Rounds, 'partitions' | 'rounds'>, numbers: Uint32Array) {
    this.words = new CellWords(rounds);
    this.#streams = Array.from(this.words.counts, () => new Growable(Uint32Array, 64));
    this.#numbers = numbers;
  }

  /** Adds the words of a session, given by its item numbers, to a partition's part of a cell. */
  add(items: ArrayLike<number>, partition: number, cell: number): void {
    const at = this.words.index(partition, cell);
    const stream = this.#streams[at]!;
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

  /** Returns the words of each part, in the order of `words`. */
  views(): Uint32Array[] {
    return this.#streams.map((stream) => stream.view());
  }
}

/** Calls `take` with each session of a column. The last item of a session has SENTENCE_END added in the column. */
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
