/** The kernel from actions to factors: scores, both sides of the matrix, sweeps, and the text of the factors. */
import { statSync } from 'node:fs';
import type { SideMatrix } from '../../../functions/matrix-factorization/core-matrix.ts';
import { effectiveWeightings } from '../../../functions/matrix-factorization/core-scores.ts';
import { itemMatrixOf, scoreActions } from '../../../functions/matrix-factorization/core-sides.ts';
import {
  Gathering,
  kernelFor,
  type SweepSettings,
  solveBlocks,
  startBlocks,
  sumOverBlocks,
} from '../../../functions/matrix-factorization/core-sweep.ts';
import { factorLines } from '../../../functions/matrix-factorization/core-text.ts';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import { ratedActions } from '../../../functions/matrix-factorization/steps-rate.ts';
import { paddedRank } from '../../../shared/kernels/als.ts';
import { bucketCount } from '../../../shared/shuffle/buckets.ts';
import { filesIn } from '../files.ts';
import { actionsIn, runsByUser } from './actions.ts';
import type { Kernel } from './kernel.ts';

const MEMORY_MB = 3_008;

export const kernel: Kernel = async ({ folder, settings: given }) => {
  const settings = matrixFactorization.settings.parse(given);
  const blocks = bucketCount(filesIn(folder).reduce((sum, path) => sum + statSync(path).size, 0));
  const actions = actionsIn(folder);
  return async function* () {
    const runs = runsByUser(actions, ratedActions(settings));
    const { users, pairs } = scoreActions([runs], effectiveWeightings(settings), blocks);
    const sides = { users, items: itemMatrixOf([pairs], blocks) };
    const factors = { users: zeros(users, settings.rank), items: zeros(sides.items, settings.rank) };
    let gram = sumOverBlocks(startBlocks(settings, users, factors.users), { from: 0, to: blocks }).root().gram;
    for (let sweep = 0; sweep < settings.iterations; sweep++) {
      gram = solve(settings, sides.items, factors.items, users.ids, factors.users, gram as Float64Array, blocks);
      gram = solve(settings, users, factors.users, sides.items.ids, factors.items, gram as Float64Array, blocks);
    }
    for (const side of ['items', 'users'] as const) {
      const text = factorLines(sides[side].ids, factors[side], settings.rank);
      // The job writes each text plain and as gzip. Compressing is another part of the job.
      yield text;
      yield text;
    }
  };
};

const zeros = ({ ids }: SideMatrix, rank: number): Float32Array => new Float32Array(ids.length * paddedRank(rank));

/** Solves one side exactly from the `fixed` side. Returns the Gram matrix of the solved side. */
function solve(
  settings: SweepSettings,
  matrix: SideMatrix,
  factors: Float32Array,
  fixedIds: Float64Array,
  fixed: Float32Array,
  gram: Float64Array,
  blocks: number,
): Float64Array | null {
  const kernel = kernelFor(settings, matrix, 'exact', MEMORY_MB);
  new Gathering(matrix.neighbours, kernel.fixed, paddedRank(settings.rank), blocks).pass(fixedIds, fixed);
  kernel.start(gram);
  return sumOverBlocks(solveBlocks(kernel, settings, matrix, factors), { from: 0, to: blocks }).root().gram;
}
