import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { checkCoverage } from '../../../shared/verdict/check-coverage.ts';
import { watchedStore } from '../../helpers/watched-store.ts';

const FOLDER = 'shop/matrix-factorization/';
const DAY = 15_317;

interface Earlier {
  readonly job?: string;
  readonly days?: number;
  readonly users?: number;
  readonly items?: number;
}

/**
 * Returns a store with a day folder for each entry, which maps the number of days before DAY to the manifest's content.
 */
async function storeWith(earlier: ReadonlyMap<number, Earlier>): Promise<MemoryStore> {
  const store = new MemoryStore('/memory');
  for (const [before, { job = 'matrix-factorization', days = 1, ...counts }] of earlier) {
    const manifest = {
      run: 'a',
      job,
      version: 1,
      client: 'shop',
      day: DAY - before,
      settings: { days },
      counts,
      files: [],
    };
    await store.put(`${FOLDER}${DAY - before}/_SUCCESS`, JSON.stringify(manifest));
    await store.put(`${FOLDER}${DAY - before}/userFeatures.txt`, 'x');
  }
  return store;
}

const request = (output: MemoryStore | ReturnType<typeof watchedStore>, counts: Earlier, days = 1) => ({
  output,
  folder: FOLDER,
  job: 'matrix-factorization',
  day: DAY,
  days,
  sides: { users: 'users', items: 'items' },
  counts: counts as Record<string, number>,
});

/** Returns `count` days before DAY, beginning with yesterday. */
const days = (count: number, of: (before: number) => Earlier): Map<number, Earlier> =>
  new Map(Array.from({ length: count }, (_, at) => [at + 1, of(at + 1)]));

describe('coverage compared with 28 days of 1,000 to 1,027 users and 100 items', () => {
  const earlier = days(28, (before) => ({ users: 999 + before, items: 100 }));
  test.each([
    [{ users: 500, items: 50 }, 'passed', 500, 500],
    [{ users: 499, items: 100 }, 'failed', 499, 500],
    [{ users: 1000, items: 49 }, 'failed', 49, 50],
    [{ users: 9000, items: 900 }, 'passed', 9000, 500],
  ])('The counts %j have the result %s', async (counts, result, value, limit) => {
    expect(await checkCoverage(request(await storeWith(earlier), counts))).toMatchObject({ result, value, limit });
  });
});

test.each([
  ['no earlier output', new Map()],
  ['seven outputs', days(7, () => ({ users: 1000 }))],
  ['outputs of another number of days', days(28, () => ({ users: 1000, days: 7 }))],
  ['outputs of another job in the same folder', days(28, () => ({ users: 1000, job: 'spark' }))],
  ['outputs more than 400 days old', new Map(Array.from({ length: 28 }, (_, at) => [401 + at, { users: 1000 }]))],
  ['only outputs of later days', new Map(Array.from({ length: 28 }, (_, at) => [-1 - at, { users: 1000 }]))],
  ['outputs without these counts', days(28, () => ({}))],
])('The check does not apply to %s', async (_, earlier) => {
  expect((await checkCoverage(request(await storeWith(earlier), { users: 1 }))).result).toBe('notApplicable');
});

test('The newest 28 outputs of the same number of days are compared', async () => {
  // Every second output covers seven days, and the 29th output of one day has few users.
  const earlier = days(100, (before) =>
    before % 2 === 0 ? { users: 1, days: 7 } : { users: before > 56 ? 10 : 1000 },
  );
  const store = await storeWith(earlier);
  expect(await checkCoverage(request(store, { users: 499 }))).toMatchObject({ result: 'failed', limit: 500 });
});

test('Folders without a manifest and the day itself are ignored', async () => {
  const store = await storeWith(days(8, () => ({ users: 1000 })));
  await store.put(`${FOLDER}${DAY - 9}/_SUCCESS`, '');
  await store.put(`${FOLDER}${DAY - 10}/part-00000`, 'x');
  await store.put(`${FOLDER}not-a-day/_SUCCESS`, '{}');
  await store.put(`${FOLDER}${DAY}/_SUCCESS`, '{"job":"matrix-factorization","counts":{"users":1},"settings":{}}');
  expect(await checkCoverage(request(store, { users: 600 }))).toMatchObject({ result: 'passed', limit: 500 });
});

test.each([
  ['empty', ''],
  ['cut off', '{"job":"matrix-factorization","counts":{"us'],
  ['changed', '{"checksum":"00000000","counts":{"users":1},"files":[],"job":"matrix-factorization","settings":{}}'],
])('The manifest of an earlier day is ignored when it is %s', async (_, success) => {
  const store = await storeWith(days(9, () => ({ users: 1000 })));
  await store.put(`${FOLDER}${DAY - 3}/_SUCCESS`, success);
  expect(await checkCoverage(request(store, { users: 600 }))).toMatchObject({
    result: 'passed',
    limit: 500,
    says: '600 users, while the smallest of 8 earlier outputs has 1000',
  });
});

test('The check needs one listing and one request for each manifest that it reads', async () => {
  const calls: string[] = [];
  const store = watchedStore(await storeWith(days(300, () => ({ users: 1000 }))), {
    before: (kind) => void calls.push(kind),
  });
  await checkCoverage(request(store, { users: 600 }));
  expect(calls.filter((kind) => kind === 'list').length).toBe(1);
  expect(calls.filter((kind) => kind === 'get').length).toBe(28);
});
