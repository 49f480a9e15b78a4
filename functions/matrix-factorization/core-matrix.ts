/**
 * The user × item scores as a sparse matrix, one side at a time.
 *
 * R rows of this side, D distinct neighbours on the other, N pairs. A *side matrix* holds the rows of some blocks:
 *
 *   three pairs          ids        [7, 3]       (R) rows in layout order (block, id): say 7 lies in an earlier block
 *   (7, 20) → 2          ptr        [0, 2, 3]    (R + 1) row r's pairs are ptr[r] … ptr[r + 1]
 *   (7, 10) → 1          neighbours [20, 10]     (D) distinct, in layout order too
 *   (3, 10) → −1         idx        [0, 1, 1]    (N) places in `neighbours`, ascending within a row
 *                        score      [2, 1, −1]   (N) float32, never 0
 *                        positives  [2, 0]       (R) pairs with a positive score
 *
 * A row with no positive pair has no vector and is left out (here: 3).
 */
import { offsetsOf } from '../../shared/columns/counting-sort.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { blockOf, layOut } from './core-blocks.ts';
import type { RowList } from './core-rows.ts';

export interface SideMatrix {
  readonly ids: Float64Array;
  /** Where the rows of each block begin; over all blocks, those of other shards are empty. (blocks + 1) */
  readonly blockRows: Uint32Array;
  readonly ptr: Uint32Array;
  readonly neighbours: Float64Array;
  readonly idx: Uint32Array;
  readonly score: Float32Array;
  readonly positives: Uint32Array;
}

/** What one action of type `actionType` is worth, and the most that all of one type are. */
export interface ActionWeighting {
  readonly actionType: number;
  readonly valuePerAction: number;
  readonly maxSum: number;
}

/** The last of several weightings of one type counts; types worth nothing score nothing and are left out. */
export function effectiveWeightings(weightings: readonly ActionWeighting[]): ActionWeighting[] {
  const byType = new Map(weightings.map((weighting) => [weighting.actionType, weighting]));
  return [...byType.values()].filter((weighting) => weighting.valuePerAction !== 0);
}

/**
 * A pair's score: `min(valuePerAction × count, maxSum)` for each type, summed over types. In double, as float32.
 * @param counts by type, from `start` on
 */
export function scoreOf(counts: ArrayLike<number>, weightings: readonly ActionWeighting[], start = 0): number {
  let score = 0;
  for (let type = 0; type < weightings.length; type++) {
    const { valuePerAction, maxSum } = weightings[type] as ActionWeighting;
    const count = counts[start + type] as number;
    if (count > 0) score += Math.min(valuePerAction * count, maxSum);
  }
  return Math.fround(score);
}

/** The users' side from what each user did: the rows' values are places in the list of weightings. */
export function scoreActions(
  actions: RowList<Uint8Array>,
  weightings: readonly ActionWeighting[],
  blocks: number,
): SideMatrix {
  const { ids, ptr, neighbours, values } = actions;
  const matrix = new MatrixBuilder(ids.length, neighbours.length);
  const types = weightings.length;
  let longest = 0;
  for (let row = 0; row < ids.length; row++) {
    longest = Math.max(longest, (ptr[row + 1] as number) - (ptr[row] as number));
  }
  // (pairs of the row, types)
  const counts = new Uint32Array(longest * types);
  for (let row = 0; row < ids.length; row++) {
    for (let at = ptr[row] as number; at < (ptr[row + 1] as number); at++) {
      counts[matrix.pairOf(neighbours[at] as number) * types + (values[at] as number)]!++;
    }
    for (let pair = 0; pair < matrix.pairs; pair++) {
      matrix.setScore(pair, scoreOf(counts, weightings, pair * types));
    }
    counts.fill(0, 0, matrix.pairs * types);
    matrix.endRow(ids[row] as number);
  }
  return matrix.finish(blocks);
}

/** A side from its pairs, each given once: the items' side from the users'. */
export function matrixOf({ ids, ptr, neighbours, values }: RowList<Float32Array>, blocks: number): SideMatrix {
  const matrix = new MatrixBuilder(ids.length, neighbours.length);
  for (let row = 0; row < ids.length; row++) {
    for (let at = ptr[row] as number; at < (ptr[row + 1] as number); at++) {
      matrix.setScore(matrix.pairOf(neighbours[at] as number), values[at] as number);
    }
    matrix.endRow(ids[row] as number);
  }
  return matrix.finish(blocks);
}

/** The pairs of a users' side as rows of the items' side: users in layout order within each. */
export function transposed({ ids, ptr, neighbours, idx, score }: SideMatrix, blocks: number): RowList<Float32Array> {
  const starts = offsetsOf(idx, neighbours.length);
  const next = starts.slice();
  const users = new Float64Array(idx.length);
  const values = new Float32Array(idx.length);
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row] as number;
    for (let at = ptr[row] as number; at < (ptr[row + 1] as number); at++) {
      const to = next[idx[at] as number]!++;
      users[to] = id;
      values[to] = score[at] as number;
    }
  }
  return { ids: neighbours, blockRows: blockRowsOf(neighbours, blocks), ptr: starts, neighbours: users, values };
}

/** Where each block begins among ids in layout order. (blocks + 1) */
const blockRowsOf = (ids: Float64Array, blocks: number): Uint32Array =>
  offsetsOf(
    Uint32Array.from(ids, (id) => blockOf(id, blocks)),
    blocks,
  );

/** Takes rows in layout order, pair by pair, and keeps what has a vector: scores that are not 0, of rows with a positive one. */
class MatrixBuilder {
  readonly #neighbours = new IdIndex();
  /** By neighbour: where its pair of the row at hand stands, if `#numbers` there agrees. */
  #pairOf = new Uint32Array(1024);
  /** By pair: the neighbour's number in order of first sight, and the score. */
  readonly #numbers: Uint32Array<ArrayBuffer>;
  readonly #score: Float32Array<ArrayBuffer>;
  readonly #ids: Float64Array;
  readonly #ptr: Uint32Array;
  readonly #positives: Uint32Array;
  #rows = 0;
  /** Where the row at hand begins, and where its next pair goes. */
  #first = 0;
  #next = 0;

  constructor(rows: number, pairs: number) {
    this.#numbers = new Uint32Array(pairs);
    this.#score = new Float32Array(pairs);
    this.#ids = new Float64Array(rows);
    this.#ptr = new Uint32Array(rows + 1);
    this.#positives = new Uint32Array(rows);
  }

  /** Pairs of the row at hand. */
  get pairs(): number {
    return this.#next - this.#first;
  }

  /** The place among the pairs of the row at hand of the one with `neighbour`, a new one for a neighbour not seen in it. */
  pairOf(neighbour: number): number {
    const number = this.#neighbours.add(neighbour);
    if (number >= this.#pairOf.length) this.#growPairs();
    const known = this.#pairOf[number] as number;
    if (known >= this.#first && known < this.#next && this.#numbers[known] === number) return known - this.#first;
    this.#pairOf[number] = this.#next;
    this.#numbers[this.#next] = number;
    return this.#next++ - this.#first;
  }

  setScore(pair: number, score: number): void {
    this.#score[this.#first + pair] = score;
  }

  endRow(id: number): void {
    let kept = this.#first;
    let positives = 0;
    for (let pair = this.#first; pair < this.#next; pair++) {
      const score = this.#score[pair] as number;
      if (score === 0) continue;
      if (score > 0) positives++;
      this.#numbers[kept] = this.#numbers[pair] as number;
      this.#score[kept++] = score;
    }
    if (positives > 0) {
      this.#first = kept;
      this.#ids[this.#rows] = id;
      this.#positives[this.#rows++] = positives;
      this.#ptr[this.#rows] = kept;
    }
    this.#next = this.#first;
  }

  finish(blocks: number): SideMatrix {
    const { ids: neighbours } = layOut(this.#neighbours.ids, blocks);
    const placeOf = new Uint32Array(neighbours.length);
    for (let place = 0; place < neighbours.length; place++) {
      placeOf[this.#neighbours.get(neighbours[place] as number)] = place;
    }
    const idx = this.#numbers.subarray(0, this.#first);
    for (let pair = 0; pair < idx.length; pair++) idx[pair] = placeOf[idx[pair] as number] as number;
    const ids = this.#ids.subarray(0, this.#rows);
    const pairs = { ptr: this.#ptr.subarray(0, this.#rows + 1), idx, score: this.#score.subarray(0, this.#first) };
    return {
      ...{ ids, blockRows: blockRowsOf(ids, blocks), neighbours },
      ...(isAscending(pairs) ? pairs : ascending(pairs, neighbours.length)),
      positives: this.#positives.subarray(0, this.#rows),
    };
  }

  #growPairs(): void {
    const larger = new Uint32Array(this.#pairOf.length * 2);
    larger.set(this.#pairOf);
    this.#pairOf = larger;
  }
}

type Pairs = Pick<SideMatrix, 'ptr' | 'idx' | 'score'>;

function isAscending({ ptr, idx }: Pairs): boolean {
  for (let row = 0; row + 1 < ptr.length; row++) {
    for (let at = (ptr[row] as number) + 1; at < (ptr[row + 1] as number); at++) {
      if ((idx[at] as number) < (idx[at - 1] as number)) return false;
    }
  }
  return true;
}

/** Puts each row's pairs in order by transposing twice: a linear pass each way. */
function ascending({ ptr, idx, score }: Pairs, neighbours: number): Pairs {
  const nextOf = offsetsOf(idx, neighbours).slice();
  const rows = new Uint32Array(idx.length);
  const byNeighbour = new Float32Array(idx.length);
  for (let row = 0; row + 1 < ptr.length; row++) {
    for (let at = ptr[row] as number; at < (ptr[row + 1] as number); at++) {
      const to = nextOf[idx[at] as number]!++;
      rows[to] = row;
      byNeighbour[to] = score[at] as number;
    }
  }
  // `nextOf[n]` is now where the pairs of neighbour n end.
  const next = ptr.slice();
  const sorted = { ptr, idx: new Uint32Array(idx.length), score: new Float32Array(idx.length) };
  for (let neighbour = 0, at = 0; neighbour < neighbours; neighbour++) {
    for (const end = nextOf[neighbour] as number; at < end; at++) {
      const to = next[rows[at] as number]!++;
      sorted.idx[to] = neighbour;
      sorted.score[to] = byNeighbour[at] as number;
    }
  }
  return sorted;
}
