import { describe, expect, test } from 'vitest';
import { maxIterations, nextTask, type Task } from '../../../functions/word2vec/core-task.ts';
import { NumericalError } from '../../../shared/errors.ts';

interface Step {
  readonly task: Task;
  readonly iteration: number;
}

/** Plays the loop to its end; `normOf` is the longest inner node that an iteration leaves. */
function play(rounds: Parameters<typeof nextTask>[0], normOf: (step: Step) => number = () => 1): Step[] {
  const played: Step[] = [];
  let task = nextTask(rounds, undefined);
  while (task !== undefined) {
    const step = { iteration: played.length, task };
    played.push(step);
    task = nextTask(rounds, { ...step, innerNorm: normOf(step) });
  }
  return played;
}

/** `train 0.1 from -1`, `combine 0.1 from 0 and 1`, …: epoch.round and the iterations read. */
const inWords = (steps: readonly Step[]): string[] =>
  steps.map(({ task: { kind, epoch, round, checkpoint, trained, halvings } }) => {
    const copies = kind === 'train' ? '' : ` and ${trained}`;
    return `${kind} ${epoch}.${round} from ${checkpoint}${copies}${halvings === 0 ? '' : `, halved ${halvings}`}`;
  });

test('one partition: each round goes on from the one before', () => {
  expect(inWords(play({ partitions: 1, rounds: 2, iterations: 2 }))).toEqual([
    'train 0.1 from -1',
    'train 0.2 from 0',
    'train 1.1 from 1',
    'train 1.2 from 2',
  ]);
});

test('several: a warm-up, then copies and their combination', () => {
  expect(inWords(play({ partitions: 3, rounds: 2, iterations: 1 }))).toEqual([
    'train 0.0 from -1',
    'train 0.1 from 0',
    'combine 0.1 from 0 and 1',
    'train 0.2 from 2',
    'combine 0.2 from 2 and 3',
  ]);
});

describe('divergence', () => {
  const rounds = { partitions: 3, rounds: 2, iterations: 1 };

  test.each([20.01, Number.NaN, Number.POSITIVE_INFINITY])('an inner node of %s: the round is dropped', (norm) => {
    const steps = play(rounds, ({ iteration }) => (iteration === 4 ? norm : 20));
    expect(inWords(steps).slice(3)).toEqual([
      'train 0.2 from 2',
      'combine 0.2 from 2 and 3',
      'combine 0.2 from 2 and -1, halved 1', // the checkpoint before, once more
      'train 0.2 from 5, halved 1',
      'combine 0.2 from 5 and 6, halved 1',
    ]);
  });

  test('a warm-up begins again', () => {
    const steps = play(rounds, ({ iteration }) => (iteration === 0 ? 21 : 1));
    expect(inWords(steps).slice(0, 3)).toEqual([
      'train 0.0 from -1',
      'train 0.0 from -1, halved 1',
      'train 0.1 from 1, halved 1',
    ]);
  });

  test('copies may be as long as they like: only checkpoints are looked at', () => {
    expect(play(rounds, ({ task }) => (task.kind === 'train' && task.round > 0 ? 99 : 1))).toHaveLength(5);
  });

  test('reads nothing older than the loop keeps, and ends after five halvings', () => {
    const isBad = ({ task }: Step) => task.kind === 'combine' && task.trained >= 0 && task.round === 2;
    const read: number[] = [];
    const norm = (step: Step) => {
      const { checkpoint, trained } = step.task;
      for (const from of [checkpoint, trained]) if (from >= 0) read.push(step.iteration - from);
      return isBad(step) ? 21 : 1;
    };
    expect(() => play(rounds, norm)).toThrow(NumericalError);
    expect(() => play(rounds, norm)).toThrow(
      /epoch 1 of 1, round 2, though the rate was halved 5 times: lower learning/,
    );
    expect(Math.max(...read)).toBeLessThanOrEqual(3); // `keep` of the loop
  });

  test('one partition may grow beyond 20, but not beyond all bounds', () => {
    const one = { partitions: 1, rounds: 1, iterations: 2 };
    expect(play(one, () => 50)).toHaveLength(2);
    expect(() => play(one, () => Number.NaN)).toThrow(/not finite\. Lower learningRate/);
  });

  test('no run has more iterations than the loop is declared with', () => {
    let halved = 0;
    const steps = play({ partitions: 2, rounds: 4, iterations: 5 }, ({ task, iteration }) => {
      const diverges = task.kind === 'combine' && task.trained >= 0 && iteration % 3 === 0 && halved < 5;
      if (diverges) halved++;
      return diverges ? 30 : 1;
    });
    expect(halved).toBe(5);
    expect(steps).toHaveLength(maxIterations(4 * 5));
  });
});
