/** The two side matrices: the users' side from their actions, and the items' side from the pairs of the users' side. */
import { offsetsOf, permuted } from '../../shared/columns/counting-sort.ts';
import { type NarrowColumn, narrowed } from '../../shared/columns/narrow.ts';
import type { ActionRuns } from '../../shared/shuffle/action-runs.ts';
import { joinRuns } from '../../shared/shuffle/join-runs.ts';
import type { Runs } from '../../shared/shuffle/runs.ts';
import { columnsOf } from './columns-of.ts';
import { type Decay, DecayedScores } from './core-decay.ts';
import { MatrixBuilder, type SideMatrix } from './core-matrix.ts';
import { type ActionWeighting, PairCounts } from './core-scores.ts';

/**
 * Pairs on their way from the users' side to the items' side: runs by item, with the users of a run in layout order.
 */
export type ScoredRuns = Runs<PairColumn>;
type PairColumn = 'users' | 'scores';

/**
 * Returns the users' side, and its pairs by item.
 * @param lists the type of an action is an index into `weightings`
 * @param decay when it is given, older actions weigh less, and `lists` have the column times
 */
export function scoreActions(
  lists: readonly ActionRuns[],
  weightings: readonly ActionWeighting[],
  blocks: number,
  decay?: Decay,
): { readonly users: SideMatrix; readonly pairs: ScoredRuns } {
  const { ids, offsets, lists: listOf, runs } = joinRuns(lists, blocks);
  const matrix = new MatrixBuilder(ids.length, rowsIn(lists), decay !== undefined);
  const scores = decay === undefined ? new PairCounts(lists, weightings) : new DecayedScores(lists, weightings, decay);
  for (let row = 0; row < ids.length; row++) {
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) scores.add(matrix, listOf[at]!, runs[at]!);
    scores.endRow(matrix, ids[row]!);
  }
  const users = matrix.finish(blocks);
  const byItem = transposed(users);
  sortPairs(users, byItem);
  const { starts, rows, scores: ofPairs } = byItem;
  const columns = new Map<PairColumn, NarrowColumn>([
    ['users', permuted(narrowed(users.ids), rows)],
    ['scores', narrowed(ofPairs)],
  ]);
  return { users, pairs: { ids: users.neighbours, starts, columns } };
}

/**
 * Returns the items' side. Each pair must be given once.
 * @param lists the users of a list stand before the users of the next list in layout order
 */
export function itemMatrixOf(lists: readonly ScoredRuns[], blocks: number): SideMatrix {
  const { ids, offsets, lists: listOf, runs } = joinRuns(lists, blocks);
  const pairs = lists.map((list) => ({ starts: list.starts, ...columnsOf(list, 'users', 'scores') }));
  const matrix = new MatrixBuilder(ids.length, rowsIn(lists));
  for (let row = 0; row < ids.length; row++) {
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) addPairs(matrix, pairs[listOf[at]!]!, runs[at]!);
    matrix.endRow(ids[row]!);
  }
  return matrix.finish(blocks);
}

interface ScoredPairs {
  readonly starts: Uint32Array;
  readonly users: NarrowColumn;
  readonly scores: NarrowColumn;
}

function addPairs(matrix: MatrixBuilder, { starts, users, scores }: ScoredPairs, run: number): void {
  const end = starts[run + 1]!;
  for (let at = starts[run]!; at < end; at++) {
    matrix.setScore(matrix.pairOf(users[at]!), scores[at]!);
  }
}

const rowsIn = (lists: readonly Runs[]): number => lists.reduce((sum, { starts }) => sum + starts.at(-1)!, 0);

/** The pairs by neighbour, and the pairs of a neighbour by row. *D neighbours, N pairs.* */
interface Transposed {
  /** (D + 1) */
  readonly starts: Uint32Array;
  /** (N) */
  readonly rows: Uint32Array;
  /** (N) */
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

/** Sorts the pairs of each row by neighbour, in place. One pass over the transposed pairs is enough. */
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
