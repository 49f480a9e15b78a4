/**
 * Matrix factorization by the command line is compared with plain float64: the users' factors that it writes are the exact
 * least-squares solution, and the objective that it logs is the one of the obvious algorithm from the same start.
 *
 * *U users, I items, K rank.* Source of the formulas: Hu, Koren and Volinsky, "Collaborative filtering for implicit
 * feedback datasets" (2008), with the regularisation of Spark's `trainImplicit`: λ times n, the number of positive pairs of a
 * row. With `halfLifeDays`, older actions weigh less (`reference/decayed-scores.ts`), and so does the n of a user.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeActions } from '../../shared/example/actions.ts';
import { paddedRank, startVector } from '../../shared/kernels/als.ts';
import { offline, setFlags } from '../helpers/offline.ts';
import { expectSameBytes } from '../helpers/same-bytes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { dot, solve } from '../reference/als.ts';
import { decayedCounts, decayedPairs, type TimedAction } from '../reference/decayed-scores.ts';

/** The day of the actions' times. */
const DAY = 15_309;
/** The smallest id, so large that 32 bits do not hold it. */
const FIRST_ID = 2 ** 33 + 5;
const SEED = 7;
const LAMBDA = 0.05;
const ALPHA = 3;
const SWEEPS = 5;
const WEIGHTINGS = [
  { actionType: 1, valuePerAction: 9, maxSum: 9 }, // The last entry of a type counts, so this one does not.
  { actionType: 1, valuePerAction: 1, maxSum: 2 },
  { actionType: 2, valuePerAction: -0.5, maxSum: 1 }, // A dislike, whose sum has no lower limit.
];

type Factors = Map<number, number[]>;
type Pairs = Map<number, Map<number, number>>;

/** The scores, and n of each user and item that has a vector. */
interface Scores {
  /** User → item → score. */
  readonly byUser: Pairs;
  /** Item → user → score. */
  readonly byItem: Pairs;
  readonly nOfUsers: ReadonlyMap<number, number>;
  readonly nOfItems: ReadonlyMap<number, number>;
}

let input: string;
let plain: Scores;

beforeAll(() => {
  input = temporaryFolder();
  const size = { users: 150, items: 90, actions: 1_200, parts: 3, seed: 11, firstId: FIRST_ID };
  writeActions(input, 'shop', DAY, size);
  const byUser = plainScores(readActions());
  const byItem = transposed(byUser);
  plain = { byUser, byItem, nOfUsers: countPositives(byUser), nOfItems: countPositives(byItem) };
});

function readActions(): TimedAction[] {
  const folder = join(input, 'shop', 'actions', String(DAY));
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
  return lines.map((line) => {
    const { userid, itemid, type, timestamp_utc } = JSON.parse(line) as {
      userid: number;
      itemid: number;
      type: number;
      timestamp_utc: string;
    };
    return { user: userid, item: itemid, type, timeMs: Date.parse(timestamp_utc) };
  });
}

/** Returns the scores as as the job's README defines them: the sum over types of min(value × count, maxSum), if it is not 0. */
function plainScores(actions: readonly TimedAction[]): Pairs {
  const counts = new Map<number, Map<number, Map<number, number>>>();
  for (const { user, item, type } of actions) {
    const items = counts.get(user) ?? new Map<number, Map<number, number>>();
    const types = items.get(item) ?? new Map<number, number>();
    counts.set(user, items.set(item, types.set(type, (types.get(type) ?? 0) + 1)));
  }
  const weight = new Map(WEIGHTINGS.map((weighting) => [weighting.actionType, weighting]));
  const scoreOf = (types: Map<number, number>) =>
    [...types].reduce((sum, [type, count]) => {
      const { valuePerAction, maxSum } = weight.get(type) ?? { valuePerAction: 0, maxSum: 0 };
      return sum + Math.min(valuePerAction * count, maxSum);
    }, 0);
  const scored = [...counts].map(([user, items]): [number, Map<number, number>] => {
    const scores = [...items].map(([item, types]): [number, number] => [item, scoreOf(types)]);
    return [user, new Map(scores.filter(([, score]) => score !== 0))];
  });
  return new Map(scored);
}

/** Returns the scores when the weight of an action halves every `halfLifeDays`. n of an item stays a number of pairs. */
function decayedScores(halfLifeDays: number): Scores {
  const pairs = decayedPairs(readActions(), WEIGHTINGS, DAY, halfLifeDays);
  const byUser: Pairs = new Map();
  for (const { user, item, score } of pairs) {
    if (score !== 0) byUser.set(user, (byUser.get(user) ?? new Map<number, number>()).set(item, score));
  }
  const byItem = transposed(byUser);
  return { byUser, byItem, nOfUsers: decayedCounts(pairs), nOfItems: countPositives(byItem) };
}

function transposed(pairs: Pairs): Pairs {
  const turned: Pairs = new Map();
  for (const [row, neighbours] of pairs) {
    for (const [neighbour, score] of neighbours) {
      turned.set(neighbour, (turned.get(neighbour) ?? new Map<number, number>()).set(row, score));
    }
  }
  return turned;
}

const positives = (scores: ReadonlyMap<number, number>) => [...scores.values()].filter((score) => score > 0).length;

const countPositives = (pairs: Pairs): Map<number, number> =>
  new Map([...pairs].map(([id, scores]) => [id, positives(scores)]));

/** Returns the ids that have a vector: those with a positive pair, ascending. */
const modelled = (pairs: Pairs): number[] =>
  [...pairs]
    .filter(([, scores]) => positives(scores) > 0)
    .map(([id]) => id)
    .sort((a, b) => a - b);

/** Returns the least-squares solution of every row of `pairs` for the factors of the other side: (YᵀCY + λnI) x = YᵀCp. */
function halfSweep(pairs: Pairs, n: ReadonlyMap<number, number>, fixed: Factors, rank: number): Factors {
  const gram = Array.from({ length: rank }, (_, i) =>
    Array.from({ length: rank }, (_, j) => [...fixed.values()].reduce((sum, y) => sum + y[i]! * y[j]!, 0)),
  );
  return new Map(
    modelled(pairs).map((id) => {
      const scores = pairs.get(id)!;
      const a = gram.map((row, i) => row.map((value, j) => value + (i === j ? LAMBDA * n.get(id)! : 0)));
      const b = Array.from({ length: rank }, () => 0);
      for (const [neighbour, score] of scores) {
        const y = fixed.get(neighbour);
        if (y === undefined) continue; // An item without a positive pair has no vector.
        for (let i = 0; i < rank; i++) {
          if (score > 0) b[i]! += (1 + ALPHA * score) * y[i]!;
          for (let j = 0; j < rank; j++) a[i]![j]! += ALPHA * Math.abs(score) * y[i]! * y[j]!;
        }
      }
      return [id, solve(a, b)];
    }),
  );
}

/** Returns Σ c (p − x·y)² over all pairs of a user and an item, plus Σ λ n |x|² over all rows of both sides. */
function objective({ byUser, nOfUsers, nOfItems }: Scores, users: Factors, items: Factors): number {
  let sum = 0;
  for (const [user, x] of users) {
    for (const [item, y] of items) {
      const score = byUser.get(user)!.get(item) ?? 0;
      sum += (1 + ALPHA * Math.abs(score)) * ((score > 0 ? 1 : 0) - dot(x, y)) ** 2;
    }
    sum += LAMBDA * nOfUsers.get(user)! * dot(x, x);
  }
  for (const [item, y] of items) sum += LAMBDA * nOfItems.get(item)! * dot(y, y);
  return sum;
}

/** Trains in float64 from the users' start vectors and returns the objective. */
function train(scores: Scores, rank: number): number {
  const { byUser, byItem, nOfUsers, nOfItems } = scores;
  const row = new Float32Array(paddedRank(rank));
  let users: Factors = new Map(
    modelled(byUser).map((id) => {
      startVector(SEED, id, rank, row, 0);
      return [id, [...row.subarray(0, rank)]];
    }),
  );
  let items: Factors = new Map();
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    items = halfSweep(byItem, nOfItems, users, rank);
    users = halfSweep(byUser, nOfUsers, items, rank);
  }
  return objective(scores, users, items);
}

/** Reads a file of factors, whose lines are `<id>|<f1>,<f2>,…`. */
function factorsIn(folder: string, name: string): Factors {
  const lines = readFileSync(join(folder, name), 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return new Map(
    lines.map((line) => {
      const [id, factors] = line.split('|') as [string, string];
      return [Number(id), factors.split(',').map(Number)];
    }),
  );
}

const norm = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));

test('the example has users and items without a positive pair, dislikes, and ids beyond 32 bits', () => {
  const { byUser, byItem } = plain;
  expect(modelled(byUser).length).toBeGreaterThan(100);
  expect(modelled(byUser).length).toBeLessThan(byUser.size);
  expect(modelled(byItem).length).toBeLessThan(byItem.size);
  expect([...byUser.values()].some((scores) => [...scores.values()].some((score) => score < 0))).toBe(true);
  expect(Math.min(...byUser.keys(), ...byItem.keys())).toBeGreaterThan(2 ** 32);
});

describe.each([
  { rank: 8, solver: 'exact' },
  { rank: 30, solver: 'exact' },
  { rank: 8, solver: 'pcg' },
  { rank: 30, solver: 'pcg' },
  // The times are those of one day, so about half of the actions have the least weight.
  { rank: 8, solver: 'exact', halfLifeDays: 0.12 },
  { rank: 8, solver: 'pcg', halfLifeDays: 0.12 },
])('With rank $rank, the solver $solver and halfLifeDays $halfLifeDays', ({ rank, solver, halfLifeDays }) => {
  let scores: Scores;
  let folder: string;
  let stderr: string;

  beforeAll(async () => {
    scores = halfLifeDays === undefined ? plain : decayedScores(halfLifeDays);
    const output = temporaryFolder();
    const settings = {
      rank,
      solver,
      seed: SEED,
      lambda: LAMBDA,
      alpha: ALPHA,
      iterations: SWEEPS,
      actionWeightings: JSON.stringify(WEIGHTINGS),
    };
    const decay = halfLifeDays === undefined ? [] : setFlags({ halfLifeDays });
    const ended = await offline([
      ...['run', 'matrix-factorization', '--client', 'shop', '--start-day', String(DAY)],
      ...['--input-path', input, '--output-path', output, '--shards', '3', ...setFlags(settings), ...decay],
    ]);
    expect(ended.status, ended.stderr).toBe(0);
    stderr = ended.stderr;
    folder = join(output, 'shop', 'matrix-factorization', String(DAY));
  });

  test('the factors of the users in the file are the least-squares solution for those of the items', () => {
    const users = factorsIn(folder, 'userFeatures.txt');
    const exact = halfSweep(scores.byUser, scores.nOfUsers, factorsIn(folder, 'productFeatures.txt'), rank);
    expect(users.size).toBe(exact.size);
    for (const [id, x] of users) {
      const best = exact.get(id)!;
      const error = norm(x.map((value, f) => value - best[f]!)) / norm(best);
      // The file has five digits, and their rounding error grows with the condition of the user's problem.
      expect(error, `user ${id}`).toBeLessThan(1e-3);
    }
  });

  test('exactly the users and items with a positive pair have a line, by ascending id', () => {
    expect([...factorsIn(folder, 'userFeatures.txt').keys()]).toEqual(modelled(scores.byUser));
    expect([...factorsIn(folder, 'productFeatures.txt').keys()]).toEqual(modelled(scores.byItem));
  });

  test.each(['userFeatures.txt', 'productFeatures.txt'])('%s.gz holds the same text in one gzip member', (name) => {
    const gzip = readFileSync(join(folder, `${name}.gz`));
    const plain = readFileSync(join(folder, name));
    expectSameBytes(gunzipSync(gzip), plain, `${name}.gz, unpacked`);
    // The last member ends with the length of its content (RFC 1952). It is the length of the whole text, so it is the only one.
    expect(gzip.readUInt32LE(gzip.length - 4)).toBe(plain.length);
  });

  test('factors have at most five significant digits', () => {
    for (const name of ['userFeatures.txt', 'productFeatures.txt']) {
      const text = readFileSync(join(folder, name), 'utf8');
      for (const number of text.match(/(?<=[|,])[^,\n]+/g) ?? []) {
        expect(number).toMatch(/^-?\d+(\.\d+)?(e[+-]\d\d)?$/);
        const digits = number.replace(/e.*/, '').replace(/[-.]/g, '').replace(/^0+/, '');
        expect(digits.length, number).toBeLessThanOrEqual(5);
      }
    }
  });

  test('the objective falls with every sweep and is that of plain float64 after the fifth', () => {
    const logged = [...stderr.matchAll(/sweep (\d) of 5: objective ([\d.e+]+)/g)].map((match) => Number(match[2]));
    expect(logged).toHaveLength(SWEEPS);
    for (const [sweep, value] of logged.entries()) {
      if (sweep > 0) expect(value, `sweep ${sweep + 1}`).toBeLessThan(logged[sweep - 1]!);
    }
    const expected = train(scores, rank);
    const written = objective(scores, factorsIn(folder, 'userFeatures.txt'), factorsIn(folder, 'productFeatures.txt'));
    const last = logged.at(-1)!;
    // The files have five digits of the factors from which the objective was logged.
    expect(Math.abs(last - written) / written).toBeLessThan(1e-4);
    // Two steps of conjugate gradients in each half-sweep reach the same objective.
    expect(Math.abs(last - expected) / expected).toBeLessThan(1e-3);
  });

  test('the objectives on which the verdict decides are in the manifest: the last one, and that of zeros', () => {
    const { counts } = JSON.parse(readFileSync(join(folder, '_SUCCESS'), 'utf8')) as { counts: Record<string, number> };
    const written = objective(scores, factorsIn(folder, 'userFeatures.txt'), factorsIn(folder, 'productFeatures.txt'));
    expect(Math.abs(counts.objective! - written) / written).toBeLessThan(1e-4);
    const all = [...scores.byUser.values()].flatMap((items) => [...items.values()]);
    const ofZeros = all.reduce((sum, score) => (score > 0 ? sum + 1 + ALPHA * score : sum), 0);
    // Scores are kept in single precision.
    expect(Math.abs(counts.objectiveOfZeros! - ofZeros) / ofZeros).toBeLessThan(1e-6);
  });
});
