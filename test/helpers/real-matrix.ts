/** Real actions as a matrix of users × items, for kernels that work on it in memory. */
import { type Scores, transposed } from '../benchmark/matrix.ts';
import { actionIn, type RealData, realDays } from './real-actions.ts';

export interface RealMatrix {
  /** The rows of the users, by ascending id. */
  readonly users: Scores;
  /** The rows of the items, by ascending id. */
  readonly items: Scores;
}

/** Returns the matrix of all days, with score 1 for each pair of a user and an item. */
export function realMatrix(data: RealData): RealMatrix {
  const actions = realDays(data).flatMap(({ lines }) => lines.map(actionIn));
  const itemIds = ascendingIds(actions.map(({ item }) => item));
  const numberOf = new Map(itemIds.map((id, number) => [id, number]));
  const itemsOf = new Map(ascendingIds(actions.map(({ user }) => user)).map((id) => [id, new Set<number>()]));
  for (const { user, item } of actions) itemsOf.get(user)!.add(numberOf.get(item)!);

  const rows = [...itemsOf.values()].map((items) => [...items].sort((a, b) => a - b));
  const ptr = new Uint32Array(rows.length + 1);
  for (const [user, row] of rows.entries()) ptr[user + 1] = ptr[user]! + row.length;
  const idx = Uint32Array.from(rows.flat());
  const users = { ptr, idx, score: new Float32Array(idx.length).fill(1) };
  return { users, items: transposed(users, itemIds.length) };
}

const ascendingIds = (ids: readonly number[]): number[] => [...new Set(ids)].sort((a, b) => a - b);
