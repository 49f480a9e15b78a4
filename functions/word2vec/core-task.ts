/**
 * The order of the tasks of training. It alternates between two kinds: `train` trains every partition from the last
 * checkpoint, and `combine` makes a new checkpoint of the copies. With one partition, and in the warm-up, the trained copy is
 * the checkpoint itself.
 *
 *   P = 1:  train 0.1 ─► train 0.2 ─► … ─► done                                (epoch.round)
 *   P > 1:  train 0.0 ─► train 0.1 ─► combine ─► train 0.2 ─► combine ─► … ─► done
 *
 * With P > 1, training has diverged when the longest inner node of a checkpoint is longer than 20. Its round is dropped and
 * repeated at half the rate: in the warm-up from the start vectors, later from the checkpoint before, which a `combine`
 * without copies restores.
 */
import { NumericalError } from '../../shared/errors.ts';
import { firstRound, type Round, type Rounds, roundAfter } from './core-shares.ts';

const MAX_INNER_NORM = 20;
const MAX_HALVINGS = 5;

/**
 * Returns the most iterations of the loop: the warm-up, two for each round, and three for each dropped round (its own two,
 * and one that restores the checkpoint).
 */
export const maxIterations = (epochRounds: number): number => 1 + 2 * epochRounds + 3 * MAX_HALVINGS;

export type Task = Round & {
  readonly kind: 'train' | 'combine';
  /** The number of times that the learning rate was halved. */
  readonly halvings: number;
  /** The iteration that wrote the checkpoint from which the task begins; -1: it begins from start vectors. */
  readonly checkpoint: number;
  /** For `combine`, the iteration that trained the copies; -1: there are no copies. */
  readonly trained: number;
};

/** Returns the task that a shard is a part of, without what the shard adds. */
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
  /** The norm of the longest inner node that it wrote; not finite where any value is not. */
  readonly innerNorm: number;
}

/**
 * Returns the next task, or undefined after the last one.
 * @throws NumericalError when halving the rate does not stop divergence
 */
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

/** The vectors of a single partition may grow without a limit, as long as they are finite. */
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
