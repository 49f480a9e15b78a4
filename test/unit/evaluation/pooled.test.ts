import { expect, test } from 'vitest';
import { evaluatedDays, sumsOfDays } from '../../../shared/evaluation/evaluated-days.ts';
import { type Drop, dropOf, standingOf } from '../../../shared/evaluation/pooled.ts';
import { drawWeights } from '../../../shared/evaluation/resampling.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { putEvaluation } from '../../helpers/evaluations.ts';

const SEED = 3;
const RESAMPLES = 400;
const SCORERS = ['als', 'popularity', 'recent-popularity', 'rules'];

/** One user's recall by each scorer on one day; undefined when the scorer does not serve the user. */
type Recalls = readonly (number | undefined)[];
type Day = ReadonlyMap<number, Recalls>;

/** A number from 0 to 1 that follows from two others. */
const noise = (a: number, b: number): number => {
  const value = Math.sin(a * 12.9898 + b * 78.233) * 43758.5453;
  return value - Math.floor(value);
};

/** Users of a day: 80 of 120 come each day, so most of them come on several days. `rules` serves few. */
const dayOf = (day: number, als: number, popularity: number): Day =>
  new Map(
    Array.from({ length: 120 }, (_, user) => user)
      .filter((user) => noise(user, day) < 2 / 3)
      .map((user) => [
        user * 97,
        [
          noise(user, 0.5) < 0.2 ? undefined : als * noise(user, 0.7 + day),
          popularity * noise(user, 0.9 + day),
          0.8 * popularity * noise(user, 0.3),
          user < 10 ? 1 : undefined,
        ],
      ]),
  );

const put = (store: MemoryStore, day: number, users: Day, cutoff = 20): Promise<void> =>
  putEvaluation(store, {
    client: 'shop',
    day,
    users: new Map([...users].map(([user, recalls]) => [user, namedRecalls(recalls)])),
    seed: SEED,
    resamples: RESAMPLES,
    cutoff,
  });

const namedRecalls = (recalls: Recalls) => Object.fromEntries(SCORERS.map((name, at) => [name, recalls[at]]));

const drawn = new Map<number, Float64Array>();

function weightsOf(user: number): Float64Array {
  const weights = drawn.get(user) ?? new Float64Array(RESAMPLES + 1);
  if (!drawn.has(user)) drawWeights(weights, SEED, user);
  drawn.set(user, weights);
  return weights;
}

/** The obvious pooled means: in each resample a user's days have the user's weight. */
function obviousMeans(days: readonly Day[], scorer: number, servedBy: number): number[] {
  return Array.from({ length: RESAMPLES + 1 }, (_, resample) => {
    let [total, sum] = [0, 0];
    for (const day of days) {
      for (const [user, recalls] of day) {
        if (recalls[servedBy] === undefined) continue;
        const weight = weightsOf(user)[resample]!;
        total += weight;
        sum += weight * recalls[scorer]!;
      }
    }
    return sum / total;
  });
}

const interval = (values: readonly number[]): [low: number, high: number] => {
  const sorted = values.slice(1).sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return below + (above - below) * (place % 1);
  };
  return [at(0.025), at(0.975)];
};

const silent = (words: string): void => {
  throw new Error(words);
};

const sumsIn = async (store: MemoryStore, day = 100, count = 31) =>
  sumsOfDays(store, 'shop', 'als', await evaluatedDays(store, 'shop', day), count, silent);

test('the standing pools 7 days by user, over the users whom the scorer serves, whatever other scorers serve', async () => {
  const store = new MemoryStore();
  const days = Array.from({ length: 9 }, (_, at) => dayOf(at, 0.5, at < 5 ? 0.2 : 0.5));
  for (const [at, day] of days.entries()) await put(store, 92 + at, day);
  const standing = standingOf(await sumsIn(store))!;
  const pooled = days.slice(-7);
  expect(standing.days).toEqual([94, 95, 96, 97, 98, 99, 100]);
  const [als, popularity, recent] = [0, 1, 2].map((scorer) => obviousMeans(pooled, scorer, 0));
  expect(standing.recall.mean).toBeCloseTo(als![0]!, 9);
  expect(standing.recall.low).toBeCloseTo(interval(als!)[0], 9);
  expect(standing.recall.high).toBeCloseTo(interval(als!)[1], 9);
  expect(standing.baselines.popularity.mean).toBeCloseTo(popularity![0]!, 9);
  expect(standing.baselines['recent-popularity'].mean).toBeCloseTo(recent![0]!, 9);
  const placeOf = (other: readonly number[]) => {
    const [low, high] = interval(als!.map((mean, at) => mean - other[at]!));
    return low > 0 ? 'above' : high < 0 ? 'below' : 'within';
  };
  expect(standing.places).toEqual({ popularity: placeOf(popularity!), 'recent-popularity': placeOf(recent!) });
  expect(standing.users).toBe(
    pooled.flatMap((day) => [...day.values()]).filter(([recall]) => recall !== undefined).length,
  );
});

test('above, within and below, and nothing with fewer than 50 users', async () => {
  for (const [als, place] of [
    [0.6, 'above'],
    [0.3, 'within'],
    [0.1, 'below'],
  ] as const) {
    const store = new MemoryStore();
    for (let day = 94; day <= 100; day++) await put(store, day, dayOf(day, als, 0.3));
    expect(standingOf(await sumsIn(store))?.places?.popularity).toBe(place);
  }
  const store = new MemoryStore();
  await put(store, 100, new Map([...dayOf(100, 0.5, 0.3)].slice(0, 40)));
  const standing = standingOf(await sumsIn(store));
  expect(standing?.places).toBeNull();
  expect(standing?.recall.mean).toBeGreaterThan(0);
  expect(standingOf([])).toBeUndefined();
});

/** Evaluations of 31 days, the last 3 with another recall. */
async function dropped(last: number, daysBefore = 28): Promise<Drop | string> {
  const store = new MemoryStore();
  for (let day = 98 - daysBefore; day <= 100; day++) await put(store, day, dayOf(day, day > 97 ? last : 0.5, 0.3));
  return dropOf(await sumsIn(store));
}

test('a drop is a loss of more than a quarter beyond its interval', async () => {
  const drop = (await dropped(0.3)) as Drop;
  expect(drop.isDrop).toBe(true);
  expect([drop.last, drop.before[0], drop.before.length]).toEqual([[98, 99, 100], 70, 28]);
  expect(drop.recall / drop.recallBefore).toBeGreaterThan(0.5);
  expect(drop.recall / drop.recallBefore).toBeLessThan(0.7);
  // A loss of a tenth is not worth a warning, though its interval may lie below 0. A gain is none.
  expect(((await dropped(0.45)) as Drop).isDrop).toBe(false);
  expect(((await dropped(0.9)) as Drop).isDrop).toBe(false);
});

test('the interval of the drop keeps the days of a user together', async () => {
  const drop = (await dropped(0.3)) as Drop;
  const days = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, at) => dayOf(from + at, from + at > 97 ? 0.3 : 0.5, 0.3));
  const [now, then] = [obviousMeans(days(98, 100), 0, 0), obviousMeans(days(70, 97), 0, 0)];
  const [low, high] = interval(now.map((mean, at) => mean - then[at]!));
  expect(drop.recallBefore).toBeCloseTo(then[0]!, 9);
  expect(drop.difference.low).toBeCloseTo(low, 9);
  expect(drop.difference.high).toBeCloseTo(high, 9);
});

test('a drop needs 10 days', async () => {
  expect(await dropped(0.3, 6)).toBe('9 days were evaluated, and 10 are needed');
  expect(await dropped(0.3, 7)).toMatchObject({ isDrop: true });
});

test('days after the wanted one, old ones, damaged ones and those evaluated otherwise are not pooled', async () => {
  const store = new MemoryStore();
  for (const day of [20, 96, 97, 98, 99, 101]) await put(store, day, dayOf(day, 0.5, 0.3));
  await put(store, 95, dayOf(95, 0.5, 0.3), 100);
  await store.put('shop/evaluation/94/_SUCCESS', '{}');
  await store.put('shop/evaluation/93/resamples', 'torn');
  await store.put('shop/evaluation/93/_SUCCESS', '{}');
  // An evaluation that was begun, and one of another client.
  await store.put('shop/evaluation/92/resamples', 'torn');
  await store.put('shops/evaluation/99/_SUCCESS', '{}');
  const days = await evaluatedDays(store, 'shop', 100);
  expect(days).toEqual([99, 98, 97, 96, 95, 94, 93]);
  const warnings: string[] = [];
  const sums = await sumsOfDays(store, 'shop', 'als', days, 31, (words) => warnings.push(words));
  expect(sums.map(({ day }) => day)).toEqual([99, 98, 97, 96]);
  expect(warnings).toHaveLength(2);
  expect(await sumsOfDays(store, 'shop', 'als', days.slice(0, 3), 2, silent)).toHaveLength(2);
  expect(await sumsOfDays(store, 'shop', 'word2vec', days.slice(0, 4), 31, silent)).toEqual([]);
});
