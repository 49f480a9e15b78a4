/** The objective of the model, and the counts of the manifest that tell how the training went. */
import { addSums, type SideSums, TreeSum } from './core-tree.ts';
import { finalIterations } from './half-sweeps.ts';
import type { FactorizationRun, FactorizationSettings } from './settings.ts';
import { type SolvedMeta, solve } from './steps-solve.ts';

/**
 * Returns the objective of the model, with the regularisation of both sides.
 * @param users the sums of a user half-sweep, whose objective holds all data terms and the users' regularisation
 * @param items the sums of the item half-sweep before it
 */
export const objectiveOf = (
  { lambda }: Pick<FactorizationSettings, 'lambda'>,
  users: Pick<SideSums, 'objective'>,
  items: Pick<SideSums, 'regularization'>,
): number => users.objective + lambda * items.regularization;

/** Counts from the metas of the last two half-sweeps. */
export type Trained = {
  readonly objective: number;
  /** The length of the longest user vector; null when a value is not finite. */
  readonly longestUserVector: number | null;
  readonly longestItemVector: number | null;
  /** Factors that are not finite. */
  readonly notFinite: number;
};

export async function readTrained(run: FactorizationRun): Promise<Trained> {
  const { users, items } = finalIterations(run.settings);
  const [userMetas, itemMetas] = await Promise.all([readMetas(run, users), readMetas(run, items)]);
  return {
    objective: objectiveOf(run.settings, sumsIn(userMetas), sumsIn(itemMetas)),
    longestUserVector: longestIn(userMetas),
    longestItemVector: longestIn(itemMetas),
    notFinite: [...userMetas, ...itemMetas].reduce((sum, { notFinite }) => sum + notFinite, 0),
  };
}

async function readMetas(run: FactorizationRun, iteration: number): Promise<SolvedMeta[]> {
  return (await run.work.openAll(solve, iteration)).map(({ meta }) => meta);
}

/** Returns the sums over a side without its Gram matrix, which the metas do not hold. */
function sumsIn(metas: readonly SolvedMeta[]): SideSums {
  const tree = new TreeSum(addSums);
  for (const { nodes } of metas) {
    for (const { level, index, objective, regularization } of nodes) {
      tree.push({ level, index, sum: { gram: null, objective, regularization } });
    }
  }
  return tree.root();
}

/** Returns the length of the longest row of all shards; null when a value of any shard is not finite. */
function longestIn(metas: readonly SolvedMeta[]): number | null {
  let result = 0;
  for (const { longest } of metas) {
    if (longest === null) return null;
    result = Math.max(result, longest);
  }
  return result;
}
