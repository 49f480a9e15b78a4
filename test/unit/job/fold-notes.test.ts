import { expect, test } from 'vitest';
import { foldNotes, gaveUpAt, noteBegin } from '../../../shared/job/fold-notes.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { contents } from '../../helpers/store-texts.ts';

const A = 'aaaaaaaaaaaaaaaa';
const B = 'bbbbbbbbbbbbbbbb';
const REF = { job: 'copy-actions', client: 'shop', id: A };
const NOW = Date.parse('2011-12-10T00:00:00Z');
const MINUTE = 60_000;

test('A folded run that ends well leaves no note, and one that gives up leaves its size', async () => {
  const store = new MemoryStore('/out');
  const end = await noteBegin(store, REF, 500, NOW);
  expect(await foldNotes(store, REF)).toEqual([{ run: A, bytes: 500, begun: NOW }]);
  await end({ gaveUp: false });
  expect(await contents(store)).toEqual({});

  await (await noteBegin(store, REF, 500, NOW))({ gaveUp: true });
  expect(await foldNotes(store, REF)).toEqual([{ run: A, bytes: 500, begun: null }]);
  expect(await foldNotes(store, { ...REF, client: 'other' })).toEqual([]);
});

test('Nothing forbids a run to fold when no run gave up', () => {
  expect(gaveUpAt([], A, 500, NOW)).toBeUndefined();
});

test('A run folds only below half of the smallest size at which a run gave up', () => {
  const notes = [
    { run: B, bytes: 1000, begun: null },
    { run: A, bytes: 3000, begun: null },
  ];
  expect(gaveUpAt(notes, 'cccccccccccccccc', 499, NOW)).toBeUndefined();
  expect(gaveUpAt(notes, 'cccccccccccccccc', 500, NOW)).toBe(1000);
});

test('A run that began and did not end counts when its process cannot live any more, or when it is the same run', () => {
  const notes = [{ run: B, bytes: 1000, begun: NOW - 15 * MINUTE }];
  expect(gaveUpAt(notes, A, 1000, NOW)).toBeUndefined();
  expect(gaveUpAt(notes, B, 1000, NOW)).toBe(1000);
  expect(gaveUpAt(notes, A, 1000, NOW + 2 * MINUTE)).toBe(1000);
});
