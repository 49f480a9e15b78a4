/**
 * The user × item scores as a sparse matrix, one side at a time.
 *
 * R rows of this side, D distinct neighbours on the other, N pairs. A *side matrix* holds the rows of some blocks:
 *
 *   three pairs          ids        [7, 3]       (R) rows in layout order: say 7 lies in an earlier block
 *   (7, 20) → 2          ptr        [0, 2, 3]    (R + 1) row r's pairs are ptr[r] … ptr[r + 1]
 *   (7, 10) → 1          neighbours [20, 10]     (D) distinct, in layout order too
 *   (3, 10) → −1         idx        [0, 1, 1]    (N) places in `neighbours`, ascending within a row
 *                        score      [2, 1, −1]   (N) float32, never 0
 *                        positives  [2, 0]       (R) pairs with a positive score
 *
 * A row with no positive pair has no vector and is left out (here: 3). A *block*, the unit that sums are taken over, is a
 * bucket of the shuffle (`shared/shuffle/buckets.ts`): which shard works on which of them changes no bit.
 */
import { offsetsOf, permuted } from '../../shared/columns/counting-sort.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { type NarrowColumn, narrowed } from '../../shared/columns/narrow.ts';
import type { ActionRuns } from '../../shared/shuffle/action-runs.ts';
import { bucketOfId, layOut } from '../../shared/shuffle/buckets.ts';
import { joinRuns, placesOf, type Runs } from '../../shared/shuffle/runs.ts';

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
    const { valuePerAction, maxSum } = weightings[type]!;
    const count = counts[start + type]!;
    if (count > 0) score += Math.min(valuePerAction * count, maxSum);
  }
  return Math.fround(score);
}

/** Pairs on their way from the users' side to the items': runs by item, users in layout order within each. */
export type ScoredRuns = Runs<PairColumn>;
type PairColumn = 'users' | 'scores';

/**
 * The users' side from what each user did, and its pairs by item.
 * @param lists the type of an action is its place in the list of weightings
 */
export function scoreActions(
  lists: readonly ActionRuns[],
  weightings: readonly ActionWeighting[],
  blocks: number,
): { readonly users: SideMatrix; readonly pairs: ScoredRuns } {
  const { ids, offsets, lists: listOf, runs } = joinRuns(lists, blocks);
  const columns = lists.map((list) => ({ starts: list.starts, ...columnsOf(list, 'items', 'types') }));
  const matrix = new MatrixBuilder(ids.length, rowsIn(lists));
  const counts = new PairCounts(weightings);
  for (let row = 0; row < ids.length; row++) {
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
      const { starts, items, types } = columns[listOf[at]!]!;
      const run = runs[at]!;
      counts.add(matrix, items, types, starts[run]!, starts[run + 1]!);
    }
    counts.score(matrix);
    matrix.endRow(ids[row]!);
  }
  const users = matrix.finish(blocks);
  const byItem = transposed(users);
  sortPairs(users, byItem);
  const { starts, rows, scores } = byItem;
  const pairs = new Map<PairColumn, NarrowColumn>([
    ['users', permuted(narrowed(users.ids), rows)],
    ['scores', narrowed(scores)],
  ]);
  return { users, pairs: { ids: users.neighbours, starts, columns: pairs } };
}

/**
 * The items' side from the pairs, each given once.
 * @param lists of users in layout order: those of a list stand before those of the next
 */
export function matrixOf(lists: readonly ScoredRuns[], blocks: number): SideMatrix {
  const { ids, offsets, lists: listOf, runs } = joinRuns(lists, blocks);
  const columns = lists.map((list) => ({ starts: list.starts, ...columnsOf(list, 'users', 'scores') }));
  const matrix = new MatrixBuilder(ids.length, rowsIn(lists));
  for (let row = 0; row < ids.length; row++) {
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
      const { starts, users, scores } = columns[listOf[at]!]!;
      const run = runs[at]!;
      addPairs(matrix, users, scores, starts[run]!, starts[run + 1]!);
    }
    matrix.endRow(ids[row]!);
  }
  return matrix.finish(blocks);
}

function addPairs(matrix: MatrixBuilder, neighbours: NarrowColumn, scores: NarrowColumn, start: number, end: number) {
  for (let at = start; at < end; at++) {
    matrix.setScore(matrix.pairOf(neighbours[at]!), scores[at]!);
  }
}

const rowsIn = (lists: readonly Runs[]): number => lists.reduce((sum, { starts }) => sum + starts.at(-1)!, 0);

const NO_ROWS: NarrowColumn = new Uint8Array();

/** An object that holds no rows may hold no columns either. */
const columnsOf = <Name extends string>(
  { columns }: Runs<Name>,
  ...names: Name[]
): Readonly<Record<Name, NarrowColumn>> =>
  Object.fromEntries(names.map((name) => [name, columns.get(name) ?? NO_ROWS])) as Record<Name, NarrowColumn>;

/** How often each pair of the row at hand has each type. */
class PairCounts {
  readonly #weightings: readonly ActionWeighting[];
  /** (pairs, types) */
  #counts = new Uint32Array(1024);

  constructor(weightings: readonly ActionWeighting[]) {
    this.#weightings = weightings;
  }

  add(matrix: MatrixBuilder, items: NarrowColumn, types: NarrowColumn, start: number, end: number): void {
    const width = this.#weightings.length;
    this.#reserve((matrix.pairs + end - start) * width);
    const counts = this.#counts;
    for (let at = start; at < end; at++) {
      counts[matrix.pairOf(items[at]!) * width + types[at]!]!++;
    }
  }

  /** Turns the counts into scores, and begins anew. */
  score(matrix: MatrixBuilder): void {
    const width = this.#weightings.length;
    for (let pair = 0; pair < matrix.pairs; pair++) {
      matrix.setScore(pair, scoreOf(this.#counts, this.#weightings, pair * width));
    }
    this.#counts.fill(0, 0, matrix.pairs * width);
  }

  #reserve(length: number): void {
    if (length <= this.#counts.length) return;
    const larger = new Uint32Array(Math.max(length, 2 * this.#counts.length));
    larger.set(this.#counts);
    this.#counts = larger;
  }
}

/** The pairs by neighbour, each neighbour's by row. */
interface Transposed {
  /** (D + 1) */
  readonly starts: Uint32Array;
  /** (N) */
  readonly rows: Uint32Array;
  readonly scores: Float32Array;
}

function transposed({ ids, ptr, neighbours, idx, score }: SideMatrix): Transposed {
  const starts = offsetsOf(idx, neighbours.length);
  const next = starts.slice();
  const rows = new Uint32Array(idx.length);
  const scores = new Float32Array(idx.length);
  for (let row = 0; row < ids.length; row++) {
    for (let at = ptr[row]!; at < ptr[row + 1]!; at++) {
      const to = next[idx[at]!]!++;
      rows[to] = row;
      scores[to] = score[at]!;
    }
  }
  return { starts, rows, scores };
}

/** Puts each row's pairs in the order of its neighbours: from the transposed pairs in one pass. */
function sortPairs({ ptr, idx, score, neighbours }: SideMatrix, { starts, rows, scores }: Transposed): void {
  const next = ptr.slice();
  for (let neighbour = 0; neighbour < neighbours.length; neighbour++) {
    for (let at = starts[neighbour]!; at < starts[neighbour + 1]!; at++) {
      const to = next[rows[at]!]!++;
      idx[to] = neighbour;
      score[to] = scores[at]!;
    }
  }
}

/** Where each block begins among ids in layout order. (blocks + 1) */
const blockRowsOf = (ids: Float64Array, blocks: number): Uint32Array =>
  offsetsOf(
    Uint32Array.from(ids, (id) => bucketOfId(id, blocks)),
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
    const known = this.#pairOf[number]!;
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
      const score = this.#score[pair]!;
      if (score === 0) continue;
      if (score > 0) positives++;
      this.#numbers[kept] = this.#numbers[pair]!;
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

  /** The pairs of each row stand as they came. */
  finish(blocks: number): SideMatrix {
    const { ids: neighbours } = layOut(this.#neighbours.ids, blocks);
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
    };
  }

  #growPairs(): void {
    const larger = new Uint32Array(this.#pairOf.length * 2);
    larger.set(this.#pairOf);
    this.#pairOf = larger;
  }
}
