import { describe, expect, test } from 'vitest';
import { maxIterations, nextTask, type Task } from '../../../functions/word2vec/core-task.ts';
import { NumericalError } from '../../../shared/errors.ts';

interface Step {
  readonly task: Task;
  readonly iteration: number;
}

/** Plays the loop to its end. `normOf` returns the length of the longest inner node after an iteration. */
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

/** Writes steps as `train 0.1 from -1` or `combine 0.1 from 0 and 1`, with epoch.round and the iterations read. */
const inWords = (steps: readonly Step[]): string[] =>
  steps.map(({ task: { kind, epoch, round, checkpoint, trained, halvings } }) => {
    const copies = kind === 'train' ? '' : ` and ${trained}`;
    return `${kind} ${epoch}.${round} from ${checkpoint}${copies}${halvings === 0 ? '' : `, halved ${halvings}`}`;
  });

test('With one partition, each round continues from the previous one', () => {
  expect(inWords(play({ partitions: 1, rounds: 2, iterations: 2 }))).toEqual([
    'train 0.1 from -1',
    'train 0.2 from 0',
    'train 1.1 from 1',
    'train 1.2 from 2',
  ]);
});

test('With several partitions, a warm-up is followed by copies and their combinations', () => {
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

  test.each([20.01, Number.NaN, Number.POSITIVE_INFINITY])(
    'A round is dropped when an inner node has the length %s',
    (norm) => {
      const steps = play(rounds, ({ iteration }) => (iteration === 4 ? norm : 20));
      expect(inWords(steps).slice(3)).toEqual([
        'train 0.2 from 2',
        'combine 0.2 from 2 and 3',
        'combine 0.2 from 2 and -1, halved 1', // combines the previous checkpoint again
        'train 0.2 from 5, halved 1',
        'combine 0.2 from 5 and 6, halved 1',
      ]);
    },
  );

  test('A diverging warm-up begins again', () => {
    const steps = play(rounds, ({ iteration }) => (iteration === 0 ? 21 : 1));
    expect(inWords(steps).slice(0, 3)).toEqual([
      'train 0.0 from -1',
      'train 0.0 from -1, halved 1',
      'train 0.1 from 1, halved 1',
    ]);
  });

  test('Only checkpoints are checked, so copies may have any length', () => {
    expect(play(rounds, ({ task }) => (task.kind === 'train' && task.round > 0 ? 99 : 1))).toHaveLength(5);
  });

  test('The loop reads nothing older than it keeps, and ends after five halvings', () => {
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
    expect(Math.max(...read)).toBeLessThanOrEqual(3); // the loop's `keep`
  });

  test('One partition may grow beyond 20, but must stay finite', () => {
    const one = { partitions: 1, rounds: 1, iterations: 2 };
    expect(play(one, () => 50)).toHaveLength(2);
    expect(() => play(one, () => Number.NaN)).toThrow(/not finite\. Lower learningRate/);
  });

  test('No run has more iterations than the loop declares', () => {
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
