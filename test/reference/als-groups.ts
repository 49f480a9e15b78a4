/**
 * Implicit ALS in float64 for many users who share the same items. It shows which vector an item gets that everyone has.
 *
 * The model is Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets" (2008), regularised by
 * lambda × n; `shared/kernels/half-sweep.ts` gives the formulas. *K rank.* Every pair of a user and an item scores 1. The
 * users of a group have the same items, so from the first half-sweep for users onwards they have the same vector, which is
 * computed once.
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

/** A vector of the fixed side, and the number of its rows that have this vector. */
interface Fixed {
  readonly y: readonly number[];
  readonly times: number;
}

/** Returns the vectors (K) of the groups, in their order, and of the items, by their ids. */
export function factorsOfGroups(groups: readonly UserGroup[], settings: GroupSettings) {
  const items = [...new Set(groups.flatMap((group) => group.items))].sort((a, b) => a - b);
  const groupsOf = new Map(items.map((item) => [item, [] as number[]]));
  for (const [index, group] of groups.entries()) for (const item of group.items) groupsOf.get(item)!.push(index);

  // The start vectors of a group's users differ, so a group begins as a list of vectors that occur once each.
  let fixed: Fixed[][] = groups.map(({ users }) => users.map((user) => ({ y: startOf(user, settings), times: 1 })));
  let itemFactors = new Map<number, number[]>();
  let userFactors: Matrix = [];
  for (let sweep = 0; sweep < settings.iterations; sweep++) {
    const gram = gramOf(fixed.flat(), settings.rank);
    const groupVectors = fixed;
    itemFactors = new Map(
      items.map((item) => [
        item,
        solvedRow(
          gram,
          groupsOf.get(item)!.flatMap((index) => groupVectors[index]!),
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
    fixed = userFactors.map((y, index) => [{ y, times: groups[index]!.users.length }]);
  }
  return { users: userFactors, items: itemFactors };
}

function startOf(id: number, { seed, rank }: GroupSettings): number[] {
  const row = new Float32Array(rank);
  startVector(seed, id, rank, row, 0);
  return [...row];
}

/** Returns Σ times × y yᵀ, (K,K). */
function gramOf(rows: readonly Fixed[], rank: number): Matrix {
  const gram = Array.from({ length: rank }, () => new Array<number>(rank).fill(0));
  for (const { y, times } of rows) {
    for (let i = 0; i < rank; i++) for (let j = 0; j < rank; j++) gram[i]![j]! += times * y[i]! * y[j]!;
  }
  return gram;
}

/** Returns x = A⁻¹ b with A = gram + alpha Σ y yᵀ + lambda n I and b = (1 + alpha) Σ y over the n neighbours. */
function solvedRow(gram: Matrix, neighbours: readonly Fixed[], { rank, lambda, alpha }: GroupSettings): number[] {
  const count = neighbours.reduce((sum, { times }) => sum + times, 0);
  const own = gramOf(neighbours, rank);
  const a = gram.map((row, i) => row.map((value, j) => value + alpha * own[i]![j]! + (i === j ? lambda * count : 0)));
  const b = Array.from({ length: rank }, (_, f) =>
    neighbours.reduce((sum, { y, times }) => sum + times * (1 + alpha) * y[f]!, 0),
  );
  return solve(a, b);
}
