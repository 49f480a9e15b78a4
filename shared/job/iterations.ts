/** The iterations of a loop in the work area. The objects of each iteration are a checkpoint. */
import { MissingObjectError } from '../errors.ts';
import { stepFolder } from '../store/keys.ts';
import type { StepObjects } from './shard.ts';
import type { WorkArea } from './work-area.ts';

/**
 * Returns the number of iterations after which the loop goes on: one more than the newest complete iteration. An iteration is
 * complete when the objects of all its shards exist. Older iterations may have been dropped. A newer one may be incomplete,
 * because it still runs or its run was stopped.
 *
 * @param keep the number of complete iterations in a row that the loop needs, or all from the first one on. If one of them is
 *   missing because it was damaged, an older iteration counts, or none
 */
export async function completedIterations(work: WorkArea, step: StepObjects, keep = 1): Promise<number> {
  const found = await objectsByIteration(work, step);
  const isComplete = async (iteration: number) =>
    (await plannedShards(work, step, iteration)) === found.get(iteration)?.size;
  let [newest, inRow] = [-1, 0];
  for (const iteration of [...found.keys()].sort((a, b) => b - a)) {
    if (iteration !== newest - inRow) [newest, inRow] = [iteration, 0];
    if (!(await isComplete(iteration))) [newest, inRow] = [iteration - 1, 0];
    else if (++inRow === keep || iteration === 0) return newest + 1;
  }
  return 0;
}

/** Removes the objects of the iterations before `first`. The shard list of an iteration is removed after its objects. */
export async function dropIterations(work: WorkArea, step: StepObjects, first: number): Promise<void> {
  for (const [iteration, keys] of await objectsByIteration(work, step)) {
    if (iteration >= first) continue;
    for (const key of keys) await work.store.delete(key);
    await work.store.delete(work.listKey(step, iteration));
  }
}

/** Returns the number of shards of an iteration; undefined if it has no shard list. */
async function plannedShards(work: WorkArea, step: StepObjects, iteration: number): Promise<number | undefined> {
  try {
    return (await work.readShards(step, iteration)).length;
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

/** Returns for each iteration the keys of its shards' objects. */
async function objectsByIteration(work: WorkArea, step: StepObjects): Promise<Map<number, Set<string>>> {
  const start = `${work.prefix}${stepFolder(work.plan, step.name)}-`;
  const found = new Map<number, Set<string>>();
  for await (const { key } of work.store.list(start)) {
    const match = /^(\d+)\/(\d+)$/.exec(key.slice(start.length));
    if (!match) continue;
    const iteration = Number(match[1]);
    const keys = found.get(iteration) ?? new Set();
    found.set(iteration, keys.add(key));
  }
  return found;
}
