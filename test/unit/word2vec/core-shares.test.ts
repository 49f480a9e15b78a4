import { describe, expect, test } from 'vitest';
import { paceOf, startRate } from '../../../functions/word2vec/core-pace.ts';
import { CellWords, cellOf, cellsOf, firstRound, roundAfter } from '../../../functions/word2vec/core-shares.ts';
import { roundsOf } from '../../../functions/word2vec/settings.ts';
import { ConfigError } from '../../../shared/errors.ts';

describe('cells of sessions', () => {
  test('With one partition, sessions are in the order of the inputs and none is in the warm-up', () => {
    const rounds = { partitions: 1, rounds: 4, iterations: 1 };
    const cells = Array.from({ length: 10 }, (_, session) => cellOf(session, 10, 0.99, rounds));
    expect(cells).toEqual([1, 1, 1, 2, 2, 3, 3, 3, 4, 4]);
  });

  test('With several partitions, 5 % of the sessions are in the warm-up and the rest in equal shares', () => {
    const rounds = { partitions: 2, rounds: 4, iterations: 1 };
    const at = (draw: number) => cellOf(0, 100, draw, rounds);
    expect([0, 0.0499, 0.05, 0.2874, 0.2876, 0.5251, 0.7626, 1 - 2 ** -32].map(at)).toEqual([0, 0, 1, 1, 2, 3, 4, 4]);
  });
});

test('The first epoch begins with the warm-up, and later epochs train its cell in their first round', () => {
  const rounds = { partitions: 2, rounds: 2, iterations: 2 };
  const trained = [];
  for (let at: ReturnType<typeof roundAfter> = firstRound(rounds); at; at = roundAfter(at, rounds))
    trained.push(cellsOf(at));
  expect(trained).toEqual([
    { from: 0, to: 1 },
    { from: 1, to: 2 },
    { from: 2, to: 3 },
    { from: 0, to: 2 },
    { from: 2, to: 3 },
  ]);
  expect(firstRound({ ...rounds, partitions: 1 })).toEqual({ epoch: 0, round: 1 });
});

/** Returns words for two partitions and two rounds, by partition and then cell. */
function words(): CellWords {
  const cells = new CellWords({ partitions: 2, rounds: 2 });
  cells.add(Float64Array.of(1, 20, 300, 4_000, 50_000, 600_000));
  return cells;
}

test('Words are counted and laid out by partition and then cell', () => {
  expect(words().sum(0, 2, 0)).toBe(21);
  expect(words().sum(1, 3, 1)).toBe(650_000);
  expect(words().sum(1, 2)).toBe(50_020);
  expect(words().offset(0, 0)).toBe(0);
  expect(words().offset(1, 1)).toBe(4_321);
});

describe('learning rates', () => {
  test.each([
    { rate: 0.025, partitions: 1, start: 0.025 },
    { rate: 0.025, partitions: 3, start: 0.075 },
    { rate: 0.025, partitions: 16, start: 0.1 },
    { rate: 0.3, partitions: 16, start: 0.3 },
    { rate: 0.3, partitions: 1, start: 0.3 },
  ])('The rate $rate with $partitions partitions starts at $start', ({ rate, partitions, start }) => {
    expect(startRate(rate, partitions, 0)).toBeCloseTo(start, 12);
    expect(startRate(rate, partitions, 3)).toBeCloseTo(start / 8, 12);
  });

  test('The partitions of a round start together and reach its end together', () => {
    const rounds = { partitions: 2, rounds: 2, iterations: 3 };
    const epoch = 654_321;
    for (const partition of [0, 1]) {
      const own = [320, 650_000][partition]! - [300, 600_000][partition]!;
      const pace = paceOf(words(), { epoch: 1, round: 1 }, rounds, partition, 0.1);
      expect(pace).toMatchObject({ startRate: 0.1, totalWords: 3 * epoch, doneWords: epoch });
      const warmUp = [1, 4_000][partition]!;
      expect((own + warmUp) * pace.wordsEach).toBeCloseTo(50_020 + 4_001, 6); // cells 0 and 1 of both partitions
    }
    expect(paceOf(words(), { epoch: 0, round: 2 }, rounds, 1, 0.1).doneWords).toBe(4_001 + 50_020);
  });

  test('In the warm-up, each word counts once', () => {
    const rounds = { partitions: 2, rounds: 2, iterations: 1 };
    expect(paceOf(words(), { epoch: 0, round: 0 }, rounds, 0, 0.1)).toMatchObject({ doneWords: 0, wordsEach: 1 });
  });
});

describe('numbers of partitions and rounds', () => {
  const settings = {
    seed: 1,
    maxRejectRatio: 0.1,
    vectorSize: 100,
    window: 5,
    minWordCount: 5,
    learningRate: 0.025,
    iterations: 5,
    sharedPath: true,
  };

  test.each([
    [1e8 - 1, 1],
    [1e8, 2],
    [15e8, 16],
    [1e12, 16],
  ])('For %d words of 100 dimensions there are %d partitions', (tokens, partitions) => {
    expect(roundsOf(settings, tokens)).toEqual({ partitions, rounds: 4, iterations: 5 });
  });

  test('One epoch has eight rounds, and all epochs never have more than an execution can hold', () => {
    expect(roundsOf({ ...settings, iterations: 1 }, 1).rounds).toBe(8);
    expect(roundsOf({ ...settings, iterations: 80 }, 1).rounds).toBe(4);
    expect(roundsOf({ ...settings, iterations: 100 }, 1).rounds).toBe(3);
    expect(() => roundsOf({ ...settings, iterations: 100, rounds: 4 }, 1)).toThrow(ConfigError);
  });

  test('Configured numbers count', () => {
    expect(roundsOf({ ...settings, partitions: 7, rounds: 2 }, 1e12)).toEqual({
      partitions: 7,
      rounds: 2,
      iterations: 5,
    });
  });
});
