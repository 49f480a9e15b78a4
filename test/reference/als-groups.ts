/**
 * Implicit ALS in float64 for users of whom many have the same items: what an item that everyone has comes to.
 *
 * *U users, N groups, I items, K rank.* After the first half-sweep the users of a group have one vector, so a group stands
 * for all of them. Every pair scores 1. The formulas stand in `shared/kernels/half-sweep.ts`.
 */
import { startVector } from '../../shared/kernels/als.ts';
import { solve } from './als.ts';

export interface UserGroup {
  readonly users: readonly number[];
  readonly items: readonly number[];
}

export interface GroupSettings {
  readonly rank: number;
  readonly iterations: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly seed: number;
}

type Matrix = number[][];

/** A vector of the fixed side, and how many rows of it have this vector. */
interface Fixed {
  readonly y: readonly number[];
  readonly times: number;
}

/** The vectors of the groups, in their order, and of the items, by id. */
export function factorsOfGroups(groups: readonly UserGroup[], settings: GroupSettings) {
  const items = [...new Set(groups.flatMap((group) => group.items))].sort((a, b) => a - b);
  const groupsOf = new Map(items.map((item) => [item, [] as number[]]));
  for (const [at, group] of groups.entries()) for (const item of group.items) groupsOf.get(item)!.push(at);

  // The users' start vectors differ within a group: here a group is a list of vectors, each once.
  let fixed: Fixed[][] = groups.map(({ users }) => users.map((user) => ({ y: startOf(user, settings), times: 1 })));
  let itemFactors = new Map<number, number[]>();
  let userFactors: Matrix = [];
  for (let sweep = 0; sweep < settings.iterations; sweep++) {
    const gram = gramOf(fixed.flat(), settings.rank);
    const ofGroups = fixed;
    itemFactors = new Map(
      items.map((item) => [
        item,
        solvedRow(
          gram,
          groupsOf.get(item)!.flatMap((at) => ofGroups[at]!),
          settings,
        ),
      ]),
    );
    const factors = itemFactors;
    const itemGram = gramOf(
      [...factors.values()].map((y) => ({ y, times: 1 })),
      settings.rank,
    );
    userFactors = groups.map((group) =>
      solvedRow(
        itemGram,
        group.items.map((item) => ({ y: factors.get(item)!, times: 1 })),
        settings,
      ),
    );
    fixed = userFactors.map((y, at) => [{ y, times: groups[at]!.users.length }]);
  }
  return { users: userFactors, items: itemFactors };
}

function startOf(id: number, { seed, rank }: GroupSettings): number[] {
  const row = new Float32Array(rank);
  startVector(seed, id, rank, row, 0);
  return [...row];
}

/** Σ times × y yᵀ. */
function gramOf(rows: readonly Fixed[], rank: number): Matrix {
  const gram = Array.from({ length: rank }, () => new Array<number>(rank).fill(0));
  for (const { y, times } of rows) {
    for (let i = 0; i < rank; i++) for (let j = 0; j < rank; j++) gram[i]![j]! += times * y[i]! * y[j]!;
  }
  return gram;
}

function solvedRow(gram: Matrix, neighbours: readonly Fixed[], { rank, lambda, alpha }: GroupSettings): number[] {
  const count = neighbours.reduce((sum, { times }) => sum + times, 0);
  const own = gramOf(neighbours, rank);
  const a = gram.map((row, i) => row.map((value, j) => value + alpha * own[i]![j]! + (i === j ? lambda * count : 0)));
  const b = Array.from({ length: rank }, (_, f) =>
    neighbours.reduce((sum, { y, times }) => sum + times * (1 + alpha) * y[f]!, 0),
  );
  return solve(a, b);
}
