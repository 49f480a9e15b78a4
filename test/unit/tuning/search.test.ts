import { describe, expect, test } from 'vitest';
import { haltonPoint } from '../../../shared/tuning/halton.ts';
import { promotedFrom, rungShares } from '../../../shared/tuning/rungs.ts';
import { dollarsIn, type Outcome, runSearch, type Search } from '../../../shared/tuning/search.ts';
import { coordinatesOf, type SearchSpace, settingsAt } from '../../../shared/tuning/space.ts';
import { type Drawing, nextTrials, type Trial } from '../../../shared/tuning/trials.ts';

const dimensions: SearchSpace['dimensions'] = [
  { kind: 'real', setting: 'alpha', from: 0.1, to: 100 },
  { kind: 'real', setting: 'lambda', from: 0.001, to: 10 },
  { kind: 'choice', setting: 'rank', values: [8, 16, 32, 64, 128] },
  { kind: 'real', setting: 'halfLifeDays', from: 7, to: 365, unset: 1 / 3 },
];
const client = { alpha: 1, lambda: 0.01, rank: 30, halfLifeDays: null };
const defaults = { alpha: 1, lambda: 0.01, rank: 30, halfLifeDays: null };
const drawingOf = (seed: number): Drawing => ({
  dimensions,
  known: [{ alpha: 10, lambda: 1, rank: 64 }],
  client,
  defaults,
  seed,
});

/** A landscape with its best point at alpha 6, lambda 0.18, rank 64, half-life 25, where it is 0.2. */
function height({ point }: Trial): number {
  const off = (value: unknown, best: number): number => Math.log10(Number(value) / best) ** 2;
  const decay = point.halfLifeDays === null ? 0.05 : 0.1 * off(point.halfLifeDays, 25);
  return (
    0.2 * Math.exp(-(0.15 * off(point.alpha, 6) + 0.2 * off(point.lambda, 0.18) + 0.3 * off(point.rank, 64) + decay))
  );
}

/** Adds a noise that shrinks as the sample grows, and counts what was asked. */
function objective(shares: readonly number[], noise = 0.004) {
  const asked: string[] = [];
  const judge: Search['judge'] = async (rung, trials) =>
    new Map(
      trials.map((trial): [string, Outcome] => {
        asked.push(`${rung} ${trial.name}`);
        const jitter = Math.sin(97 * [...trial.name].reduce((sum, char) => sum * 31 + char.charCodeAt(0), rung));
        return [
          trial.name,
          {
            ndcg: height(trial) + (noise * jitter) / Math.sqrt(10 * shares[rung]!),
            error: null,
            dollars: 0.01 * shares[rung]!,
          },
        ];
      }),
    );
  return { asked, judge };
}

const emptyOutcomes = (rungs: number) => Array.from({ length: rungs }, () => new Map<string, Outcome>());

const shares = rungShares(200_000);
/** A whole training takes 10 seconds and a cent. */
const spentIn = (outcomes: Search['outcomes']) => {
  const dollars = dollarsIn(outcomes);
  return { dollars, seconds: 1000 * dollars };
};

function searchOf(seed: number, change: Partial<Search> = {}): Search {
  const outcomes = change.outcomes ?? emptyOutcomes(shares.length);
  return {
    drawing: drawingOf(seed),
    trials: [],
    count: 48,
    rungs: shares.length,
    budget: undefined,
    spent: () => spentIn(outcomes),
    outcomes,
    together: 8,
    judge: objective(shares).judge,
    save: async () => undefined,
    ...change,
  };
}

describe('rungs', () => {
  test('The first one holds at least a tenth of the users, and the last one all', () => {
    for (const users of [0, 1, 4_999, 5_000, 8_000, 16_554, 50_000, 200_000, 10_000_000]) {
      const rungs = rungShares(users);
      expect(rungs[0]).toBeGreaterThanOrEqual(0.1);
      expect(rungs.at(-1)).toBe(1);
      expect(rungs).toEqual(rungs.toSorted((a, b) => a - b));
      expect(Math.ceil(rungs[0]! * users)).toBeGreaterThanOrEqual(Math.min(users, 5_000));
    }
    expect(rungShares(4_363)).toEqual([1]);
    expect(rungShares(200_000).map((share) => Math.round(200_000 * share))).toEqual([20_000, 63_246, 200_000]);
  });

  test('A third goes on, at least one', () => {
    expect([48, 16, 6, 2, 1].map(promotedFrom)).toEqual([16, 6, 2, 1, 1]);
  });
});

describe('trials', () => {
  test("The client's settings, the defaults and the known ones come first, each once", () => {
    const same = nextTrials(drawingOf(1), [], [], 8);
    expect(same.map(({ name }) => name)).toEqual([
      'client',
      'known-1',
      'trial-003',
      'trial-004',
      'trial-005',
      'trial-006',
      'trial-007',
      'trial-008',
    ]);
    const other = nextTrials({ ...drawingOf(1), known: [], client: { ...client, alpha: 40 } }, [], [], 4);
    expect(other.slice(0, 2).map(({ name }) => name)).toEqual(['client', 'defaults']);
  });

  test('After sixteen trials, half of a batch lies near the three best', () => {
    const first = nextTrials(drawingOf(1), [], [], 16);
    const best = first.slice(4, 8);
    const next = nextTrials(drawingOf(1), first, best, 8);
    const distance = ({ point }: Trial, centre: Trial): number => {
      const to = coordinatesOf(dimensions, centre.point);
      return Math.max(...coordinatesOf(dimensions, point).map((at, index) => Math.abs(at - to[index]!)));
    };
    const near = next.map((trial) => Math.min(...best.slice(0, 3).map((centre) => distance(trial, centre))));
    // A choice of five values may be off by half of its width, 0.1, more than the reach.
    expect(near.slice(0, 4).every((most) => most <= 0.26)).toBe(true);
    expect(near.slice(4).every((most) => most > 0.1)).toBe(true);
  });

  test('A small space is tried as a whole, and no point twice', () => {
    const few: SearchSpace['dimensions'] = [
      { kind: 'choice', setting: 'limit', values: [10, 20, 50, 100, 200, 500, 1000] },
      { kind: 'choice', setting: 'unit', values: [null, 'session'] },
    ];
    const at = { limit: 100, unit: null };
    for (let seed = 0; seed < 20; seed++) {
      const drawing = { dimensions: few, known: [], client: at, defaults: at, seed };
      let trials: Trial[] = [];
      for (let batch = 0; batch < 6; batch++) trials = [...trials, ...nextTrials(drawing, trials, trials, 8)];
      expect(trials).toHaveLength(14);
      expect(new Set(trials.map(({ point }) => JSON.stringify(point))).size).toBe(14);
    }
  });
});

describe('a space', () => {
  test('The coordinates of a point lead back to it', () => {
    for (let index = 0; index < 200; index++) {
      const point = settingsAt(dimensions, haltonPoint(index, 4, 1));
      expect(settingsAt(dimensions, coordinatesOf(dimensions, point))).toEqual(point);
    }
  });

  test('A value that the space does not have lies at the nearest one', () => {
    const at = coordinatesOf(dimensions, { alpha: 1e6, lambda: 0, rank: 30, halfLifeDays: null });
    expect(settingsAt(dimensions, at)).toEqual({ alpha: 100, lambda: 0.001, rank: 32, halfLifeDays: null });
  });
});

describe('successive halving', () => {
  test('Finds settings within 5 % of the best of a grid, for a tenth of its cost, with nearly every seed', async () => {
    const grid = [0.3, 1, 3, 10, 30].flatMap((alpha) =>
      [0.003, 0.03, 0.1, 0.3, 1].flatMap((lambda) =>
        [8, 16, 32, 64].flatMap((rank) =>
          [null, 14, 40, 120].map((halfLifeDays) => height({ name: '', point: { alpha, lambda, rank, halfLifeDays } })),
        ),
      ),
    );
    const found: number[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const search = searchOf(seed, { count: 64 });
      const [best] = await runSearch(search);
      found.push(height(best!.trial) / Math.max(...grid));
      expect(spentIn(search.outcomes).seconds).toBeLessThan((grid.length * 10) / 10);
    }
    expect(found.filter((share) => share > 0.95).length).toBeGreaterThanOrEqual(18);
    expect(Math.min(...found)).toBeGreaterThan(0.92);
  });

  test('48 trials, 16 of a larger sample and 6 of all users are judged, and always the client’s settings', async () => {
    const { asked, judge } = objective(shares);
    const ranked = await runSearch(searchOf(1, { judge }));
    const count = (rung: number) => asked.filter((one) => one.startsWith(`${rung} `)).length;
    expect([count(0), count(1)]).toEqual([48, 16]);
    expect([6, 7]).toContain(count(2));
    expect(ranked.map(({ trial }) => trial.name)).toContain('client');
  });

  test('A search that is killed after any save goes on, asks nothing twice, and ends the same', async () => {
    const whole = await runSearch(searchOf(3));
    for (let killed = 1; killed < 16; killed++) {
      const { asked, judge } = objective(shares);
      const outcomes = emptyOutcomes(shares.length);
      const trials: Trial[] = [];
      let saved = 0;
      const save = async () => {
        if (++saved === killed) throw new Error('killed');
      };
      await expect(runSearch(searchOf(3, { judge, trials, outcomes, save }))).rejects.toThrow('killed');
      expect(await runSearch(searchOf(3, { judge, trials, outcomes }))).toEqual(whole);
      expect(new Set(asked).size).toBe(asked.length);
    }
  });

  test('A search with more trials takes over the outcomes of a shorter one', async () => {
    const outcomes = emptyOutcomes(shares.length);
    const trials: Trial[] = [];
    await runSearch(searchOf(4, { count: 24, trials, outcomes }));
    const { asked, judge } = objective(shares);
    await runSearch(searchOf(4, { judge, trials, outcomes }));
    expect(asked.filter((one) => one.startsWith('0 '))).toHaveLength(24);
  });

  test('A failed trial is never the winner and never goes on before one that did not fail', async () => {
    const { judge } = objective(shares);
    const failing: Search['judge'] = async (rung, trials) =>
      new Map(
        [...(await judge(rung, trials))].map(([name, outcome]) =>
          Number(name.slice(-1)) % 2 === 0 ? [name, { ...outcome, ndcg: null, error: 'empty' }] : [name, outcome],
        ),
      );
    const ranked = await runSearch(searchOf(1, { judge: failing }));
    expect(ranked[0]!.outcome.ndcg).not.toBeNull();
    const failed = ranked.map(({ outcome }) => outcome.ndcg === null);
    expect(failed).toEqual(failed.toSorted());
  });

  test.each([
    { name: 'minutes', budget: { minutes: 1 } },
    { name: 'dollars', budget: { dollars: 0.06 } },
  ])('Within a budget of $name, every rung is reached', async ({ budget }) => {
    const search = searchOf(1, { budget, together: 4 });
    const ranked = await runSearch(search);
    // A trial of the first rung takes 1 s: it may use a quarter of the minute, and finishes the batch that it has begun.
    expect(search.outcomes.map(({ size }) => size)).toEqual([16, 6, 3]);
    expect(ranked.map(({ trial }) => trial.name)).toContain('client');
    // With a larger budget the same search goes on.
    const larger = await runSearch({ ...search, budget: undefined });
    expect(search.outcomes[0]!.size).toBe(48);
    expect(larger.length).toBeGreaterThan(3);
  });

  test('When the budget is used up at once, the client, and the best trial besides, are judged nevertheless', async () => {
    const search = searchOf(1, { budget: { minutes: 1e-9 }, together: 4 });
    const ranked = await runSearch(search);
    expect(search.outcomes.map(({ size }) => size)).toEqual([4, 1, 2]);
    expect(ranked).toHaveLength(2);
  });
});
