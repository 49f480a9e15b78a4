/**
 * `sweep` and `solve`: alternating least squares, one half-sweep an iteration of the loop.
 *
 *   iteration 0        start vectors of the users
 *   iteration 1, 3, …  items from users
 *   iteration 2, 4, …  users from items
 *
 * One half-sweep serves both sides. A shard of `solve` takes a side matrix and streams the fixed side's factors past it,
 * keeping the rows that its pairs name; so its memory is bounded by its own pairs.
 */
import { bytesOf, doublesIn } from '../../shared/columns/bytes.ts';
import { EmptyModelError } from '../../shared/errors.ts';
import type { Next, Shard } from '../../shared/job/job.ts';
import { eigenOfGram, fusedMultiplyAdd, paddedRank } from '../../shared/kernels/als.ts';
import { countNotFinite, longestRow } from '../../shared/kernels/longest-row.ts';
import { bucketsOf } from '../../shared/shuffle/user-actions.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import type { SideMatrix } from './core-matrix.ts';
import { Gathering, kernelFor, type SolveBlock, solveBlocks, startBlocks, sumOverBlocks } from './core-sweep.ts';
import { addSums, type SideSums, type TreeNode, TreeSum } from './core-tree.ts';
import { addSolved, readMatrix, readSolved } from './matrix-object.ts';
import type { FactorizationRun } from './settings.ts';

export const maxHalfSweeps = (iterations: number): number => 1 + 2 * iterations;

/** The step that wrote a side's matrix; which side an iteration solves. */
const MATRIX_STEP = { users: 'score', items: 'transpose' } as const;
type Side = keyof typeof MATRIX_STEP;
export const sideOf = (iteration: number): Side => (iteration % 2 === 0 ? 'users' : 'items');

/** The newest factors of each side: the last two half-sweeps, items first. */
export function finalIterations({ settings }: FactorizationRun): [items: number, users: number] {
  const last = maxHalfSweeps(settings.iterations) - 1;
  return [last - 1, last];
}

export const expectedShards = (
  { iterations }: { readonly iterations: number },
  shardsOf: (step: string) => number,
): number[] =>
  Array.from({ length: maxHalfSweeps(iterations) }, (_, iteration) => shardsOf(MATRIX_STEP[sideOf(iteration)]));

/** What the next half-sweep needs to know of the fixed side as a whole. */
const fixedKey = (run: FactorizationRun, iteration: number): string =>
  `${run.work.prefix}${run.work.plan}/fixed/${iteration}`;

export async function nextHalfSweep(run: FactorizationRun, completed: number): Promise<Next> {
  if (completed === 0) {
    await checkNotEmpty(run);
    warnWithoutFusedMultiplyAdd(run);
  } else {
    const sums = await sumsOf(run, completed - 1);
    if (completed > 1 && sideOf(completed - 1) === 'users') await logObjective(run, completed - 1, sums);
    if (completed === maxHalfSweeps(run.settings.iterations)) return { done: true };
    await commitFixed(run, completed, sums);
  }
  const matrices = await run.work.shards(MATRIX_STEP[sideOf(completed)]);
  return { done: false, shards: matrices.map((_, matrix) => ({ matrix })) };
}

function warnWithoutFusedMultiplyAdd(run: FactorizationRun): void {
  if (fusedMultiplyAdd()) return;
  run.log(
    'warn',
    'this processor does not fuse multiply and add: the last digits may differ from those made elsewhere',
  );
}

async function checkNotEmpty(run: FactorizationRun): Promise<void> {
  for (const side of ['users', 'items'] as const) {
    const rows = (await run.work.openAll(MATRIX_STEP[side])).map((file) => (file.meta as { rows: number }).rows);
    if (rows.some((count) => count > 0)) continue;
    throw new EmptyModelError(`the model would be empty: no ${side} with a positive score. Nothing is published`);
  }
}

/** The sums over a whole side that one half-sweep solved, joined from its shards' tree nodes. */
async function sumsOf(run: FactorizationRun, iteration: number): Promise<SideSums> {
  const tree = new TreeSum(addSums);
  for (const file of await run.work.openAll('solve', iteration)) {
    for (const node of await readNodes(file, run.settings.rank)) tree.push(node);
  }
  return tree.root();
}

async function logObjective(run: FactorizationRun, iteration: number, users: SideSums): Promise<void> {
  const objective = objectiveOf(run, users, await sumsOf(run, iteration - 1));
  const sweep = iteration / 2;
  run.log('info', `sweep ${sweep} of ${run.settings.iterations}: objective ${objective.toPrecision(9)}`, {
    objective,
    sweep,
  });
}

/** What the whole model leaves unexplained, and the regularisation of both sides. */
const objectiveOf = (
  { settings }: FactorizationRun,
  users: Pick<SideSums, 'objective'>,
  items: Pick<SideSums, 'regularization'>,
): number => users.objective + settings.lambda * items.regularization;

/** What the training came to, from the metas of the last two half-sweeps. */
export interface Trained {
  readonly objective: number;
  /** Lengths of vectors; null where a value is not finite. */
  readonly longestUserVector: number | null;
  readonly longestItemVector: number | null;
  readonly notFinite: number;
  readonly [key: string]: number | null;
}

export async function readTrained(run: FactorizationRun): Promise<Trained> {
  const [items, users] = await Promise.all(
    finalIterations(run).map((iteration) => run.work.openAll('solve', iteration)),
  );
  const metas = (files: readonly SegmentFile[] | undefined) =>
    (files ?? []).map(({ meta }) => meta as unknown as SolvedMeta);
  const [itemMetas, userMetas] = [metas(items), metas(users)];
  return {
    objective: objectiveOf(run, joinedSums(userMetas), joinedSums(itemMetas)),
    longestUserVector: longestOf(userMetas),
    longestItemVector: longestOf(itemMetas),
    notFinite: [...userMetas, ...itemMetas].reduce((sum, { notFinite }) => sum + notFinite, 0),
  };
}

/** The sums over a side without its Gram matrix, which the metas do not hold. */
function joinedSums(metas: readonly SolvedMeta[]): SideSums {
  const tree = new TreeSum(addSums);
  for (const { nodes } of metas) {
    for (const { level, index, objective, regularization } of nodes) {
      tree.push({ level, index, sum: { gram: null, objective, regularization } });
    }
  }
  return tree.root();
}

const longestOf = (metas: readonly SolvedMeta[]): number | null =>
  metas.some(({ longest }) => longest === null) ? null : Math.max(0, ...metas.map(({ longest }) => longest as number));

/** Fixes the Gram matrix of the side that stays, and its eigenvectors where the solver wants them. */
async function commitFixed(run: FactorizationRun, iteration: number, { gram }: SideSums): Promise<void> {
  const { rank } = run.settings;
  const writer = new SegmentWriter();
  const whole = gram ?? new Float64Array(rank * rank);
  writer.add('gram', bytesOf(whole));
  if (solverOf(run, iteration) === 'pcg') {
    const { values, vectors } = eigenOfGram(whole, rank);
    writer.add('values', bytesOf(values));
    writer.add('vectors', bytesOf(vectors));
  }
  await run.work.commit(fixedKey(run, iteration), writer.finish());
}

/** The last half-sweep is exact, so that the users written are the least-squares solution for the items written. */
const solverOf = ({ settings }: FactorizationRun, iteration: number) =>
  iteration === maxHalfSweeps(settings.iterations) - 1 ? 'exact' : settings.solver;

export async function solve(run: FactorizationRun, shard: Shard, iteration: number): Promise<Body> {
  const index = shard.matrix as number;
  const file = await run.work.open(MATRIX_STEP[sideOf(iteration)], index);
  const { from, to } = file.meta as { from: number; to: number };
  const matrix = await readMatrix(file);
  const factors = new Float32Array(matrix.ids.length * paddedRank(run.settings.rank));
  const solveBlock =
    iteration === 0
      ? startBlocks(run.settings, matrix, factors)
      : await halfSweep(run, matrix, factors, iteration, index);
  const { nodes } = sumOverBlocks(solveBlock, from, to);
  const writer = new SegmentWriter();
  addSolved(writer, { ids: matrix.ids, factors });
  const longest = longestRow(factors, paddedRank(run.settings.rank));
  return writer.finish({
    nodes: addNodes(writer, nodes),
    // JSON has no word for a number that is not finite.
    longest: Number.isFinite(longest) ? longest : null,
    notFinite: Number.isFinite(longest) ? 0 : countNotFinite(factors),
  });
}

async function halfSweep(
  run: FactorizationRun,
  matrix: SideMatrix,
  factors: Float32Array,
  iteration: number,
  index: number,
): Promise<SolveBlock> {
  const solver = solverOf(run, iteration);
  const kernel = kernelFor(run.settings, matrix, solver, run.memoryMb);
  const gathering = new Gathering(matrix.neighbours, kernel.fixed, paddedRank(run.settings.rank), bucketsOf(run));
  for (const file of await run.work.openAll('solve', iteration - 1)) {
    const { ids, factors: fixed } = await readSolved(file);
    gathering.pass(ids, fixed);
  }
  const fixed = await run.work.openAt(fixedKey(run, iteration));
  kernel.start(
    doublesIn(await fixed.read('gram')),
    ...(solver === 'pcg'
      ? [{ values: doublesIn(await fixed.read('values')), vectors: doublesIn(await fixed.read('vectors')) }]
      : []),
  );
  if (solver === 'pcg' && iteration >= 2) {
    factors.set((await readSolved(await run.work.open('solve', index, iteration - 2))).factors);
  }
  return solveBlocks(kernel, run.settings, matrix, factors);
}

/** Tree nodes: their numbers go into the object's meta, their Gram matrices into a section. */
interface NodeMeta {
  readonly level: number;
  readonly index: number;
  readonly rows: boolean;
  readonly objective: number;
  readonly regularization: number;
}

/** The meta of an object of `solve`. */
interface SolvedMeta {
  readonly nodes: readonly NodeMeta[];
  /** The longest row. */
  readonly longest: number | null;
  readonly notFinite: number;
}

function addNodes(writer: SegmentWriter, nodes: readonly TreeNode<SideSums>[]) {
  const grams = nodes.flatMap(({ sum }) => (sum.gram === null ? [] : [bytesOf(sum.gram)]));
  writer.add('grams', grams);
  return nodes.map(({ level, index, sum }) => ({
    level,
    index,
    rows: sum.gram !== null,
    objective: sum.objective,
    regularization: sum.regularization,
  }));
}

async function readNodes(file: SegmentFile, rank: number): Promise<TreeNode<SideSums>[]> {
  const grams = doublesIn(await file.read('grams'));
  let at = 0;
  return (file.meta as unknown as { nodes: NodeMeta[] }).nodes.map(
    ({ level, index, rows, objective, regularization }) => {
      const gram = rows ? grams.slice(at, at + rank * rank) : null;
      at += gram?.length ?? 0;
      return { level, index, sum: { gram, objective, regularization } };
    },
  );
}
