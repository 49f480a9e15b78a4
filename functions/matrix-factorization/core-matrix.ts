/**
 * The sparse matrix of scores, users × items, seen from one side.
 *
 * *R rows of this side, D distinct neighbours on the other side, N pairs.* A side matrix holds the rows of some blocks.
 * A *block* is a bucket of the shuffle (`shared/shuffle/buckets.ts`). For example, five pairs of users and items as the
 * users' side, with two blocks; user 9 and item 20 lie in the first block, user 2 and item 10 in the second:
 *
 *   (9, 10) → 1     ids        [9, 2]           (R) in layout order
 *   (9, 20) → 2     blockRows  [0, 1, 2]        (blocks + 1) the first row of each block
 *   (2, 10) → 3     ptr        [0, 2, 4]        (R + 1) row r's pairs are ptr[r] … ptr[r + 1]
 *   (2, 20) → −1    neighbours [20, 10]         (D) distinct, in layout order too
 *   (6, 10) → −1    idx        [0, 1, 0, 1]     (N) indexes into `neighbours`, ascending within a row
 *                   score      [2, 1, −1, 3]    (N) float32, never 0
 *                   positives  [2, 1]           (R) pairs with a positive score
 *
 * A row without a positive pair has no vector and is left out: row 6 in the example. Sums are taken block by block, so
 * no bit depends on which shard works on which block.
 */
import { offsetsOf } from '../../shared/columns/counting-sort.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { bucketOfId, inLayoutOrder } from '../../shared/shuffle/buckets.ts';
import { placesOf } from '../../shared/shuffle/join-runs.ts';

export interface SideMatrix {
  readonly ids: Float64Array;
  /** All blocks have an entry; the blocks of other shards are empty. */
  readonly blockRows: Uint32Array;
  readonly ptr: Uint32Array;
  readonly neighbours: Float64Array;
  readonly idx: Uint32Array;
  readonly score: Float32Array;
  readonly positives: Uint32Array;
  /** (R) n of each row, for lambda × n. By default n is the number of positive pairs. */
  readonly n?: Float64Array | undefined;
}

const INITIAL_NEIGHBOURS = 1024;

/** Takes rows in layout order, pair by pair. Keeps scores other than 0, of rows that have a positive score. */
export class MatrixBuilder {
  /** Numbers neighbours in the order in which they first come. */
  readonly #neighbours = new IdIndex();
  /**
   * By neighbour number: the last pair of this neighbour. It is a pair of the current row only when it lies in the row
   * and `#numbers` names this neighbour for it, since dropped pairs leave old entries behind.
   */
  #lastPairs = new Uint32Array(INITIAL_NEIGHBOURS);
  /** By pair: the neighbour's number. */
  readonly #numbers: Uint32Array<ArrayBuffer>;
  readonly #score: Float32Array<ArrayBuffer>;
  readonly #ids: Float64Array;
  readonly #ptr: Uint32Array;
  readonly #positives: Uint32Array;
  readonly #n: Float64Array | undefined;
  #rows = 0;
  /** The first pair of the current row, and its next pair. */
  #first = 0;
  #next = 0;

  /**
   * @param rows the most rows that will come
   * @param pairs the most pairs that will come
   * @param weighted true when the pairs have weights, so that n is not the number of positive pairs
   */
  constructor(rows: number, pairs: number, weighted = false) {
    this.#numbers = new Uint32Array(pairs);
    this.#score = new Float32Array(pairs);
    this.#ids = new Float64Array(rows);
    this.#ptr = new Uint32Array(rows + 1);
    this.#positives = new Uint32Array(rows);
    this.#n = weighted ? new Float64Array(rows) : undefined;
  }

  /** The number of pairs of the current row. */
  get pairs(): number {
    return this.#next - this.#first;
  }

  /** Returns the index of `neighbour` among the current row's pairs, adding it if it is new. */
  pairOf(neighbour: number): number {
    const number = this.#neighbours.add(neighbour);
    if (number >= this.#lastPairs.length) this.#growLastPairs();
    const known = this.#lastPairs[number]!;
    if (known >= this.#first && known < this.#next && this.#numbers[known] === number) return known - this.#first;
    this.#lastPairs[number] = this.#next;
    this.#numbers[this.#next] = number;
    return this.#next++ - this.#first;
  }

  /** @param pair an index that `pairOf` returned for the current row */
  setScore(pair: number, score: number): void {
    this.#score[this.#first + pair] = score;
  }

  /**
   * Ends the current row, and begins the next one.
   *
   * @param id of the row that ends
   * @param weights of its pairs: n of the row is their sum over the positive pairs
   */
  endRow(id: number, weights?: Float64Array): void {
    let kept = this.#first;
    let positives = 0;
    let n = 0;
    for (let pair = this.#first; pair < this.#next; pair++) {
      const score = this.#score[pair]!;
      if (score === 0) continue;
      if (score > 0) {
        positives++;
        if (weights !== undefined) n += weights[pair - this.#first]!;
      }
      this.#numbers[kept] = this.#numbers[pair]!;
      this.#score[kept++] = score;
    }
    if (positives > 0) {
      this.#first = kept;
      if (this.#n !== undefined) this.#n[this.#rows] = n;
      this.#ids[this.#rows] = id;
      this.#positives[this.#rows++] = positives;
      this.#ptr[this.#rows] = kept;
    }
    this.#next = this.#first;
  }

  /** Returns the matrix. The pairs of a row are in the order in which they came. */
  finish(blocks: number): SideMatrix {
    const { ids: neighbours } = inLayoutOrder(this.#neighbours.ids, blocks);
    const placeOf = placesOf(this.#neighbours, neighbours);
    const idx = this.#numbers.subarray(0, this.#first);
    for (let pair = 0; pair < idx.length; pair++) idx[pair] = placeOf[idx[pair]!]!;
    const ids = this.#ids.subarray(0, this.#rows);
    return {
      ids,
      blockRows: blockRowsOf(ids, blocks),
      ptr: this.#ptr.subarray(0, this.#rows + 1),
      neighbours,
      idx,
      score: this.#score.subarray(0, this.#first),
      positives: this.#positives.subarray(0, this.#rows),
      n: this.#n?.subarray(0, this.#rows),
    };
  }

  #growLastPairs(): void {
    const larger = new Uint32Array(this.#lastPairs.length * 2);
    larger.set(this.#lastPairs);
    this.#lastPairs = larger;
  }
}

/** Returns the first row of each block, and the number of rows. (blocks + 1) @param ids in layout order */
function blockRowsOf(ids: Float64Array, blocks: number): Uint32Array {
  const blockOf = Uint32Array.from(ids, (id) => bucketOfId(id, blocks));
  return offsetsOf(blockOf, blocks);
}
