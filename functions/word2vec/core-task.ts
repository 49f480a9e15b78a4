/**
 * What the loop does next. Training alternates between two tasks: `train` (every partition from the last checkpoint) and
 * `combine` (the copies to a new checkpoint). With one partition, and in the warm-up, what was trained is the checkpoint.
 *
 *   P = 1:  train 0.1 ─► train 0.2 ─► … ─► done                                (epoch.round)
 *   P > 1:  train 0.0 ─► train 0.1 ─► combine ─► train 0.2 ─► combine ─► … ─► done
 *
 * A checkpoint with P > 1 whose longest inner node is above 20 has diverged. Its round is dropped and done again at half
 * the rate: from the start vectors in the warm-up, else after a `combine` of no copies, which keeps the checkpoint before.
 */
import { NumericalError } from '../../shared/errors.ts';
import { firstRound, type Round, type Rounds, roundAfter } from './core-shares.ts';

const MAX_INNER_NORM = 20;
const MAX_HALVINGS = 5;

/** The loop's iterations at most: warm-up, two a round, and for every dropped round its two and one that restores. */
export const maxIterations = (epochRounds: number): number => 1 + 2 * epochRounds + 3 * MAX_HALVINGS;

export interface Task extends Round {
  readonly kind: 'train' | 'combine';
  /** How often the rate was halved. */
  readonly halvings: number;
  /** The iteration that wrote the checkpoint to begin with; -1: start vectors. */
  readonly checkpoint: number;
  /** Combine: the iteration that trained the copies; -1: none. */
  readonly trained: number;
  readonly [key: string]: string | number;
}

/** The task that a shard is a part of. */
export const taskOf = ({ kind, epoch, round, halvings, checkpoint, trained }: Task): Task => ({
  kind,
  epoch,
  round,
  halvings,
  checkpoint,
  trained,
});

/** An iteration that is whole. */
export interface Ended {
  readonly iteration: number;
  readonly task: Task;
  /** Of the longest inner node in what it wrote; not finite where any value is not. */
  readonly innerNorm: number;
}

/** The next task, undefined after the last one. @throws NumericalError where training diverges for good */
export function nextTask(rounds: Rounds, ended: Ended | undefined): Task | undefined {
  if (ended === undefined) return trainTask(firstRound(rounds), 0, -1);
  const { iteration, task, innerNorm } = ended;
  if (isCopy(task, rounds)) return { ...task, kind: 'combine', trained: iteration };
  if (hasDiverged(innerNorm, rounds)) {
    if (task.halvings === MAX_HALVINGS || rounds.partitions === 1) throw divergence(task, rounds);
    const halvings = task.halvings + 1;
    return task.kind === 'train' ? { ...task, halvings } : { ...task, halvings, trained: -1 };
  }
  const isRestored = task.kind === 'combine' && task.trained < 0;
  const next = isRestored ? task : roundAfter(task, rounds);
  return next && trainTask(next, task.halvings, iteration);
}

const trainTask = ({ epoch, round }: Round, halvings: number, checkpoint: number): Task => ({
  kind: 'train',
  epoch,
  round,
  halvings,
  checkpoint,
  trained: -1,
});

const isCopy = ({ kind, round }: Task, { partitions }: Rounds): boolean =>
  kind === 'train' && partitions > 1 && round > 0;

/** One partition may grow as long as it will, while it stays finite. */
const hasDiverged = (innerNorm: number, { partitions }: Rounds): boolean =>
  partitions === 1 ? !Number.isFinite(innerNorm) : !(innerNorm <= MAX_INNER_NORM);

function divergence({ epoch, round }: Task, { partitions, iterations }: Rounds): NumericalError {
  const where = `training diverges in epoch ${epoch + 1} of ${iterations}, round ${round}`;
  return new NumericalError(
    partitions === 1
      ? `${where}: its vectors are not finite. Lower learningRate`
      : `${where}, though the rate was halved ${MAX_HALVINGS} times: lower learningRate or partitions`,
  );
}
