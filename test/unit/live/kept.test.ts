/** Tests which versions are kept, marked and removed. */
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { DamagedObjectError } from '../../../shared/errors.ts';
import { claimLive, keepNewVersion, type ModelPlace, versionAt } from '../../../shared/live/kept.ts';
import { versionName } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { putVersion, runOfDay } from '../../helpers/live.ts';
import { contents } from '../../helpers/store-texts.ts';

const HOUR = 3_600_000;
const ROOT = 'roothash';

let place: ModelPlace & { store: MemoryStore };
let now: number;

beforeEach(() => {
  place = { store: new MemoryStore('/out'), client: 'shop', node: 'mf' };
  now = Date.parse('2011-12-10T00:00:00Z');
});

const locationOf = (day: number) => `/out/shop/models/mf/${versionName(day, runOfDay(day))}`;

async function publish(day: number, keepVersions = 2, live: string | null = null): Promise<number[]> {
  await putVersion(place.store, { client: 'shop', node: 'mf', day });
  const removed = await keepNewVersion(place, versionName(day, runOfDay(day)), {
    keepVersions,
    live,
    now: new Date(now),
  });
  return removed.map((version) => Number(version.split('-')[0]));
}

const claim = (day: number, live: number | null, keepVersions = 2) =>
  claimLive(place, ROOT, {
    live: live === null ? null : locationOf(live),
    next: locationOf(day),
    keepVersions,
    now: new Date(now),
  });

async function publishedDays(): Promise<number[]> {
  const keys = Object.keys(await contents(place.store, 'shop/models/mf/')).filter((key) => key.endsWith('/_SUCCESS'));
  return keys.map((key) => Number(key.split('/')[3]!.split('-')[0]));
}

test('Without activation the newest versions are kept, and others are marked and removed a day later', async () => {
  for (const day of [1, 2, 3, 4]) expect(await publish(day)).toEqual([]);
  expect(await publishedDays()).toEqual([1, 2, 3, 4]);
  now += 23 * HOUR;
  expect(await publish(5)).toEqual([]);
  now += HOUR;
  expect(await publish(6)).toEqual([1, 2]); // 3 was marked an hour ago
  expect(await publishedDays()).toEqual([3, 4, 5, 6]);
});

test('Live and formerly live versions are kept, up to the configured number and for at least two days', async () => {
  for (const day of [1, 2, 3, 4, 5]) {
    await publish(day, 1);
    expect(await claim(day, day === 1 ? null : day - 1, 1)).toBe(true);
    now += 12 * HOUR;
  }
  // Version 5 has been live for 12 h. Versions 4, 3, 2 and 1 ended 12, 24, 36 and 48 h ago, so only 1 is past two days.
  await publish(6, 1);
  now += 24 * HOUR;
  expect(await publish(7, 1)).toEqual([1]);
  expect(await publishedDays()).toEqual([2, 3, 4, 5, 6, 7]);
});

test('Versions named by several configuration roots are kept, and so is the one that a run saw in its node', async () => {
  await publish(1, 1);
  await claimLive(place, 'another', { live: null, next: locationOf(1), keepVersions: 1, now: new Date(now) });
  for (const day of [2, 3]) await publish(day, 1);
  now += 25 * HOUR;
  expect(await publish(4, 1, locationOf(2))).toEqual([]);
  now += 25 * HOUR;
  expect(await publish(5, 1, locationOf(2))).toEqual([3]);
  expect(await publishedDays()).toEqual([1, 2, 4, 5]);
});

describe('activations of a marked version', () => {
  test('The first activation is refused and removes the mark, and the next one succeeds', async () => {
    for (const day of [1, 2, 3]) await publish(day, 1);
    expect(await claim(1, null)).toBe(false);
    expect(await claim(1, null)).toBe(true);
    now += 25 * HOUR;
    expect(await publish(4, 1)).toEqual([2]);
    expect(await publishedDays()).toEqual([1, 3, 4]);
  });

  test('An activation is refused when the mark came while it wrote its own file', async () => {
    await publish(1, 1);
    const store = place.store;
    let marked = false;
    const slow = Object.create(store, {
      put: {
        value: async (key: string, ...rest: unknown[]) => {
          if (key.endsWith(`${ROOT}.json`) && !marked) {
            marked = true;
            await publish(2, 1);
          }
          return Reflect.apply(store.put, store, [key, ...rest]);
        },
      },
    });
    for (const method of ['get', 'head', 'list', 'stream', 'delete'] as const) slow[method] = store[method].bind(store);
    const change = { live: null, next: locationOf(1), keepVersions: 1, now: new Date(now) };
    expect(await claimLive({ ...place, store: slow }, ROOT, change)).toBe(false);
    expect(marked).toBe(true);
  });

  test('An activation that succeeds keeps the version, even when it is marked right afterwards', async () => {
    await publish(1, 1);
    expect(await claim(1, null)).toBe(true);
    await publish(2, 1);
    now += 25 * HOUR;
    expect(await publish(3, 1)).toEqual([]);
    expect(await publishedDays()).toEqual([1, 2, 3]);
  });
});

test('A removed version loses its `_SUCCESS` first and its `_BEGUN` last', async () => {
  for (const day of [1, 2]) await publish(day, 1);
  now += 25 * HOUR;
  const order: string[] = [];
  const remove = place.store.delete.bind(place.store);
  place.store.delete = (key, condition) => {
    order.push(key.slice(key.lastIndexOf('/') + 1));
    return remove(key, condition);
  };
  await publish(3, 1);
  expect(order).toEqual(['_SUCCESS', 'part-00000', '_BEGUN']);
});

test('Repeatedly interrupted activations never release the live version', async () => {
  for (const day of [1, 2, 3, 4, 5, 6]) await publish(day, 6);
  await claim(1, null, 1);
  // The record stays at 1, because each activation writes its file and dies before the record.
  for (const day of [2, 3, 4]) await claim(day, 1, 1);
  now += 49 * HOUR;
  await publish(7, 1);
  now += 25 * HOUR;
  await publish(8, 1);
  expect(await publishedDays()).toContain(1);
});

test('A live version is never removed, in whatever order versions are published and activated', async () => {
  const step = fc.record({
    day: fc.integer({ min: 1, max: 9 }),
    live: fc.boolean(),
    hours: fc.integer({ min: 1, max: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      place = { store: new MemoryStore('/out'), client: 'shop', node: 'mf' };
      let live: number | null = null;
      for (const { day, live: goes, hours } of steps) {
        now += hours * HOUR;
        await publish(day, 2);
        if (goes && (await claim(day, live))) live = day;
        if (live !== null) expect(await publishedDays()).toContain(live);
      }
    }),
    { numRuns: 60 },
  );
});

test('A damaged document raises an error with its name and a cure', async () => {
  await publish(1);
  await place.store.put('shop/models/mf/_live/_versions.json', '{"versions":');
  await expect(publish(2)).rejects.toBeInstanceOf(DamagedObjectError);
  await expect(publish(2)).rejects.toThrow(/_live\/_versions.json is damaged.*Remove it/);
});

test.each([
  ['s3n://b/shop/models/mf/15317-0123456789abcdef', '15317-0123456789abcdef'],
  ['/shop/matrix-factorization/15317', undefined],
  [null, undefined],
])('The version at %s is %s', (location, version) => expect(versionAt(location)).toBe(version));
