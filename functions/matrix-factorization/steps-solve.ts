/**
 * `solve` is the body of the loop: one half-sweep of alternating least squares, for the users and the items alike.
 *
 * A shard takes one side matrix, streams the factors of the fixed side past it, and keeps the rows that its pairs name.
 * Its memory is therefore bounded by its own pairs.
 */
import { joined } from '../../shared/columns/bytes.ts';
import type { ShardWork } from '../../shared/job/job.ts';
import { type HalfSweep, paddedRank } from '../../shared/kernels/als.ts';
import { countNotFinite, longestRow } from '../../shared/kernels/longest-row.ts';
import { userBucketCount } from '../../shared/shuffle/user-actions.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { SideMatrix } from './core-matrix.ts';
import { Gathering, kernelFor, solveBlocks, startBlocks, sumOverBlocks } from './core-sweep.ts';
import type { SideSums, TreeNode } from './core-tree.ts';
import { readFixed } from './fixed-side.ts';
import { sideOf, solverOf } from './half-sweeps.ts';
import type { FactorizationRun, FactorizationSettings } from './settings.ts';
import { matrixSteps, readMatrix } from './steps-score.ts';

/** A shard of `solve`: the shard of `score` or `transpose` whose matrix it solves. */
export type SolveShard = { readonly matrix: number };

/** *R rows of the shard, K rank, stride: the padded rank, T tree nodes that have rows.* */
const SOLVED = new ColumnTable({
  ids: Float64Array, // (R) in layout order
  factors: Float32Array, // (R, stride)
  grams: Float64Array, // (T,K,K) the Gram matrix of each node
});

/** A tree node without its Gram matrix. */
export type NodeMeta = {
  readonly level: number;
  readonly index: number;
  /** True when the node has rows, and so a Gram matrix in `grams`. */
  readonly rows: boolean;
  readonly objective: number;
  readonly regularization: number;
};

export type SolvedMeta = {
  readonly nodes: readonly NodeMeta[];
  /** The length of the longest row; null when a value is not finite, since JSON has no word for such a number. */
  readonly longest: number | null;
  readonly notFinite: number;
};

export const solve: ShardWork<FactorizationSettings, SolveShard, SolvedMeta> = {
  kind: 'map',
  name: 'solve',
  memoryMb: 3008,
  timeoutSeconds: 900,
  run: solveShard,
};

async function solveShard(
  run: FactorizationRun,
  shard: SolveShard,
  iteration: number,
): Promise<SegmentBody<SolvedMeta>> {
  const side = sideOf(iteration);
  const file = await run.work.open(matrixSteps[side], shard.matrix);
  const matrix = await readMatrix(run, side, file);
  const stride = paddedRank(run.settings.rank);
  const factors = new Float32Array(matrix.ids.length * stride);
  const solveBlock =
    iteration === 0
      ? startBlocks(run.settings, matrix, factors)
      : solveBlocks(await startedKernel(run, matrix, iteration), run.settings, matrix, factors);
  if (isWarm(run, iteration)) factors.set(await readWarmStart(run, shard, iteration));
  const { nodes } = sumOverBlocks(solveBlock, file.meta);
  const longest = longestRow(factors, stride);
  const writer = new SegmentWriter();
  SOLVED.write(writer, { ids: matrix.ids, factors, grams: gramsOf(nodes) });
  return writer.finish({
    nodes: nodes.map(nodeMetaOf),
    longest: Number.isFinite(longest) ? longest : null,
    notFinite: Number.isFinite(longest) ? 0 : countNotFinite(factors),
  });
}

/** Returns the kernel with the factors of the fixed side, ready to solve. */
async function startedKernel(run: FactorizationRun, matrix: SideMatrix, iteration: number): Promise<HalfSweep> {
  const kernel = kernelFor(run.settings, matrix, solverOf(run.settings, iteration), run.memoryMb);
  const stride = paddedRank(run.settings.rank);
  const gathering = new Gathering(matrix.neighbours, kernel.fixed, stride, userBucketCount(run));
  for (const file of await run.work.openAll(solve, iteration - 1)) {
    const { ids, factors } = await readSolved(file);
    gathering.pass(ids, factors);
  }
  const { gram, eigen } = await readFixed(run, iteration);
  kernel.start(gram, eigen);
  return kernel;
}

/** True when the rows start from the solution of the sweep before: PCG improves it, and the first sweep has none. */
const isWarm = ({ settings }: FactorizationRun, iteration: number): boolean =>
  iteration >= 2 && solverOf(settings, iteration) === 'pcg';

async function readWarmStart(run: FactorizationRun, { matrix }: SolveShard, iteration: number): Promise<Float32Array> {
  return (await readSolved(await run.work.open(solve, matrix, iteration - 2))).factors;
}

/** Returns the ids (R) and factors (R, stride) of a shard of `solve`. */
export const readSolved = (file: SegmentFile<SolvedMeta>) => SOLVED.read(file, 'ids', 'factors');

/** Returns the ids (R) of a shard of `solve`. */
export const readSolvedIds = async (file: SegmentFile<SolvedMeta>): Promise<Float64Array> =>
  (await SOLVED.read(file, 'ids')).ids;

/** Returns the sums over the rows of a shard of `solve`. @param rank K */
export async function readNodes(file: SegmentFile<SolvedMeta>, rank: number): Promise<TreeNode<SideSums>[]> {
  const { grams } = await SOLVED.read(file, 'grams');
  let at = 0;
  return file.meta.nodes.map(({ level, index, rows, objective, regularization }) => {
    const gram = rows ? grams.slice(at, at + rank * rank) : null;
    at += gram?.length ?? 0;
    return { level, index, sum: { gram, objective, regularization } };
  });
}

/** Returns the Gram matrices of the nodes that have rows, one after another. */
function gramsOf(nodes: readonly TreeNode<SideSums>[]): Float64Array {
  const grams = nodes.map(({ sum }) => sum.gram).filter((gram) => gram !== null);
  return grams.length === 0 ? new Float64Array() : joined(grams);
}

const nodeMetaOf = ({ level, index, sum }: TreeNode<SideSums>): NodeMeta => ({
  level,
  index,
  rows: sum.gram !== null,
  objective: sum.objective,
  regularization: sum.regularization,
});
