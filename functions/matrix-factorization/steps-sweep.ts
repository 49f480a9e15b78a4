/** `sweep` is the loop of half-sweeps. It prepares each half-sweep, and logs the objective after each sweep. */
import { EmptyModelError } from '../../shared/errors.ts';
import type { LoopStep, Next } from '../../shared/job/job.ts';
import { fusedMultiplyAdd } from '../../shared/kernels/als.ts';
import { addSums, type SideSums, TreeSum } from './core-tree.ts';
import { commitFixed } from './fixed-side.ts';
import { halfSweepsOf, sideOf } from './half-sweeps.ts';
import { type FactorizationRun, type FactorizationSettings, MAX_ITERATIONS } from './settings.ts';
import { matrixSteps } from './steps-score.ts';
import { readNodes, type SolvedMeta, type SolveShard, solve } from './steps-solve.ts';
import { objectiveOf } from './trained.ts';

export const sweep: LoopStep<FactorizationSettings, SolveShard, SolvedMeta> = {
  kind: 'loop',
  name: 'sweep',
  memoryMb: 1769,
  timeoutSeconds: 300,
  // A half-sweep reads the factors of the one before it and, with PCG, of the one before that.
  keep: 2,
  maxIterations: halfSweepsOf(MAX_ITERATIONS),
  expected: ({ iterations }, shardsOf) =>
    Array.from({ length: halfSweepsOf(iterations) }, (_, iteration) => shardsOf(matrixSteps[sideOf(iteration)])),
  advance: nextHalfSweep,
  body: solve,
};

async function nextHalfSweep(run: FactorizationRun, completed: number): Promise<Next<SolveShard>> {
  if (completed === 0) {
    await checkNotEmpty(run);
    warnWithoutFusedMultiplyAdd(run);
  } else {
    const sums = await readSums(run, completed - 1);
    if (completed > 1 && sideOf(completed - 1) === 'users') await logObjective(run, completed - 1, sums);
    if (completed === halfSweepsOf(run.settings.iterations)) return { done: true };
    await commitFixed(run, completed, sums.gram);
  }
  const matrices = await run.work.shards(matrixSteps[sideOf(completed)]);
  return { done: false, shards: matrices.map(({ index }) => ({ matrix: index })) };
}

/** @throws EmptyModelError when a side has no row */
async function checkNotEmpty(run: FactorizationRun): Promise<void> {
  for (const side of ['users', 'items'] as const) {
    const matrices = await run.work.openAll(matrixSteps[side]);
    if (matrices.some(({ meta }) => meta.rows > 0)) continue;
    throw new EmptyModelError(`the model would be empty: no ${side} with a positive score. Nothing is published`);
  }
}

function warnWithoutFusedMultiplyAdd(run: FactorizationRun): void {
  if (fusedMultiplyAdd()) return;
  run.log(
    'warn',
    'this processor does not fuse multiply and add: the last digits may differ from those made elsewhere',
  );
}

/** Returns the sums over the whole side that an iteration solved, joined from the tree nodes of its shards. */
async function readSums(run: FactorizationRun, iteration: number): Promise<SideSums> {
  const tree = new TreeSum(addSums);
  for (const file of await run.work.openAll(solve, iteration)) {
    for (const node of await readNodes(file, run.settings.rank)) tree.push(node);
  }
  return tree.root();
}

/** Logs the objective after a sweep. @param iteration its user half-sweep @param users the sums of that half-sweep */
async function logObjective(run: FactorizationRun, iteration: number, users: SideSums): Promise<void> {
  const objective = objectiveOf(run.settings, users, await readSums(run, iteration - 1));
  const sweeps = iteration / 2;
  run.log('info', `sweep ${sweeps} of ${run.settings.iterations}: objective ${objective.toPrecision(9)}`, {
    objective,
    sweep: sweeps,
  });
}
