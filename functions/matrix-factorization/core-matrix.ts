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
import { offsetsOf, orderBy, permuted } from '../../shared/columns/counting-sort.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { layOut } from './core-blocks.ts';

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

/** Actions as columns, one row each: `type` is a place in the list of weightings. */
export interface ActionColumns {
  readonly users: Float64Array;
  readonly items: Float64Array;
  readonly types: Uint8Array;
}

/** Pairs as columns: row id, neighbour id, score. */
export interface PairColumns {
  readonly rows: Float64Array;
  readonly neighbours: Float64Array;
  readonly scores: Float32Array;
}

/** The last of several weightings of one type counts; types worth nothing score nothing and are left out. */
export function effectiveWeightings(weightings: readonly ActionWeighting[]): ActionWeighting[] {
  const byType = new Map(weightings.map((weighting) => [weighting.actionType, weighting]));
  return [...byType.values()].filter((weighting) => weighting.valuePerAction !== 0);
}

/** A pair's score: `min(valuePerAction × count, maxSum)` for each type, summed over types. In double, as float32. */
export function scoreOf(counts: ArrayLike<number>, weightings: readonly ActionWeighting[]): number {
  let score = 0;
  for (let type = 0; type < weightings.length; type++) {
    const { valuePerAction, maxSum } = weightings[type] as ActionWeighting;
    const count = counts[type] as number;
    if (count > 0) score += Math.min(valuePerAction * count, maxSum);
  }
  return Math.fround(score);
}

/** The users' side from their actions. */
export function scoreActions(
  actions: ActionColumns,
  weightings: readonly ActionWeighting[],
  blocks: number,
): SideMatrix {
  const sorted = sortPairs(actions.users, actions.items, blocks);
  const { order, rowOf, neighbourOf } = sorted;
  const counts = new Uint32Array(weightings.length);
  const pairs = new PairList(sorted, order.length);
  for (let at = 0; at < order.length; ) {
    const first = order[at] as number;
    const row = rowOf[first] as number;
    const neighbour = neighbourOf[first] as number;
    counts.fill(0);
    for (; at < order.length; at++) {
      const action = order[at] as number;
      if (rowOf[action] !== row || neighbourOf[action] !== neighbour) break;
      counts[actions.types[action] as number]!++;
    }
    pairs.add(row, neighbour, scoreOf(counts, weightings));
  }
  return pairs.matrix();
}

/** A side from its pairs, each given once: the items' side from the users'. */
export function matrixOf(columns: PairColumns, blocks: number): SideMatrix {
  const sorted = sortPairs(columns.rows, columns.neighbours, blocks);
  const pairs = new PairList(sorted, sorted.order.length);
  for (const pair of sorted.order) {
    pairs.add(sorted.rowOf[pair] as number, sorted.neighbourOf[pair] as number, columns.scores[pair] as number);
  }
  return pairs.matrix();
}

interface SortedPairs {
  /** Row ids in layout order, and where each block's begin. */
  readonly ids: Float64Array;
  readonly blockRows: Uint32Array;
  readonly neighbours: Float64Array;
  /** By pair: its row, its neighbour, as places in the two lists. */
  readonly rowOf: Uint32Array;
  readonly neighbourOf: Uint32Array;
  /** The pairs by row, then neighbour. */
  readonly order: Uint32Array;
}

/** Ranks both sides in layout order and sorts by (row, neighbour): two counting sorts, the minor key first. */
function sortPairs(rows: Float64Array, neighbours: Float64Array, blocks: number): SortedPairs {
  const row = rank(rows, blocks);
  const neighbour = rank(neighbours, blocks);
  const byNeighbour = orderBy(neighbour.ranks, offsetsOf(neighbour.ranks, neighbour.ids.length));
  const order = orderBy(row.ranks, offsetsOf(row.ranks, row.ids.length), byNeighbour);
  return {
    ...{ ids: row.ids, blockRows: row.offsets, neighbours: neighbour.ids },
    ...{ rowOf: row.ranks, neighbourOf: neighbour.ranks, order },
  };
}

/** Distinct ids in layout order, and for each value its place among them. */
function rank(values: Float64Array, blocks: number) {
  const index = new IdIndex();
  const ranks = new Uint32Array(values.length);
  let last = -1; // logs are sorted by user, so the id before is often the same
  let lastSeen = 0;
  for (let at = 0; at < values.length; at++) {
    const id = values[at] as number;
    if (id !== last) {
      last = id;
      lastSeen = index.add(id);
    }
    ranks[at] = lastSeen;
  }
  const { ids, offsets } = layOut(index.ids, blocks);
  const placeOf = new Uint32Array(ids.length);
  for (let place = 0; place < ids.length; place++) placeOf[index.get(ids[place] as number)] = place;
  for (let at = 0; at < ranks.length; at++) ranks[at] = placeOf[ranks[at] as number] as number;
  return { ids, offsets, ranks };
}

/** Takes sorted pairs and keeps what has a vector: scores that are not 0, of rows with a positive one. */
class PairList {
  readonly #sorted: SortedPairs;
  readonly #idx: Uint32Array;
  readonly #score: Float32Array;
  readonly #pairsOf: Uint32Array;
  readonly #positives: Uint32Array;
  #length = 0;

  constructor(sorted: SortedPairs, capacity: number) {
    this.#sorted = sorted;
    this.#idx = new Uint32Array(capacity);
    this.#score = new Float32Array(capacity);
    this.#pairsOf = new Uint32Array(sorted.ids.length);
    this.#positives = new Uint32Array(sorted.ids.length);
  }

  add(row: number, neighbour: number, score: number): void {
    if (score === 0) return;
    this.#idx[this.#length] = neighbour;
    this.#score[this.#length++] = score;
    this.#pairsOf[row]!++;
    if (score > 0) this.#positives[row]!++;
  }

  matrix(): SideMatrix {
    const { ids, blockRows, neighbours } = this.#sorted;
    const kept: number[] = [];
    for (let row = 0; row < ids.length; row++) if ((this.#positives[row] as number) > 0) kept.push(row);
    const rows = Uint32Array.from(kept);
    const ptr = new Uint32Array(rows.length + 1);
    let from = 0;
    let to = 0;
    for (let row = 0, place = 0; row < ids.length; row++) {
      const length = this.#pairsOf[row] as number;
      if ((this.#positives[row] as number) > 0) {
        this.#idx.copyWithin(to, from, from + length);
        this.#score.copyWithin(to, from, from + length);
        to += length;
        ptr[++place] = to;
      }
      from += length;
    }
    return {
      ids: permuted(ids, rows),
      blockRows: Uint32Array.from(blockRows, (row) => lowerBound(rows, row)),
      ptr,
      neighbours,
      idx: this.#idx.subarray(0, to),
      score: this.#score.subarray(0, to),
      positives: permuted(this.#positives, rows),
    };
  }
}

/** The first place in ascending `values` that is not below `wanted`. */
function lowerBound(values: Uint32Array, wanted: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The pairs of a users' side as columns of the items' side, by block of the item: `offsets` (blocks + 1). */
export function transposed(matrix: SideMatrix, blocks: number): PairColumns & { readonly offsets: Uint32Array } {
  const { ids, ptr, neighbours, idx, score } = matrix;
  // Neighbours stand in layout order, so sorting by their place sorts by their block.
  const places = offsetsOf(idx, neighbours.length);
  const order = orderBy(idx as Uint32Array, places);
  const userOf = new Float64Array(idx.length);
  for (let row = 0; row < ids.length; row++) userOf.fill(ids[row] as number, ptr[row], ptr[row + 1]);
  const rows = new Float64Array(idx.length);
  for (let place = 0; place < neighbours.length; place++) {
    rows.fill(neighbours[place] as number, places[place], places[place + 1]);
  }
  const { offsets } = layOut(neighbours, blocks);
  return {
    rows,
    neighbours: permuted(userOf, order),
    scores: permuted(score, order),
    offsets: offsets.map((place) => places[place] as number),
  };
}
