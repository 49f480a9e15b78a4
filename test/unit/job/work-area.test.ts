import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { LimitError, MissingObjectError } from '../../../shared/errors.ts';
import { WorkArea } from '../../../shared/job/work-area.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { watchedStore } from '../../helpers/watched-store.ts';
import { contents, textAt } from './toy-job.ts';

const area = (store: Store = new MemoryStore()) => new WorkArea(store, '.work/job/shop/run/', 'planned');

/** Iterations with `planned` shards each, of which the first `there` are written. */
async function withIterations(work: WorkArea, ...iterations: [planned: number, there: number][]): Promise<void> {
  for (const [iteration, [planned, there]] of iterations.entries()) {
    await work.fixShards(
      'solve',
      Array.from({ length: planned }, () => ({})),
      iteration,
    );
    for (let shard = 0; shard < there; shard++) await work.commit(work.key('solve', shard, iteration), 'x');
  }
}

describe('commit', () => {
  test('the first write of a key counts; the second says that it was not the one', async () => {
    const work = area();
    const key = work.key('rate', 3);
    expect(key).toBe('.work/job/shop/run/planned/rate/00003');
    expect(await work.commit(key, 'first')).toBe(true);
    expect(await work.commit(key, 'second')).toBe(false);
    expect(await textAt(work.store, key)).toBe('first');
  });

  test('an error that is no lost race goes on', async () => {
    const work = area(
      watchedStore(new MemoryStore(), {
        before: () => {
          throw new LimitError('disk full');
        },
      }),
    );
    await expect(work.commit(work.key('rate', 0), 'x')).rejects.toThrow('disk full');
  });
});

describe('commit of what becomes an output file', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const chunks = async function* (...texts: string[]) {
    for (const text of texts) yield Buffer.from(text);
  };

  test('leaves the hash beside it, whatever the form of the body', async () => {
    const work = area();
    const bodies = ['grüße', new TextEncoder().encode('grüße'), chunks('grü', '', 'ße')];
    for (const [shard, body] of bodies.entries()) {
      const key = work.key('write', shard);
      expect(await work.commitHashed(key, body)).toBe(true);
      expect(await textAt(work.store, key)).toBe('grüße');
      expect(await work.hashOf(key)).toBe(sha256('grüße'));
    }
    const empty = work.key('write', 9);
    await work.commitHashed(empty, chunks());
    expect(await work.hashOf(empty)).toBe(sha256(''));
    expect(await work.hashOf(work.key('write', 8))).toBeUndefined();
  });

  test('the attempt that lost leaves no hash, not even one of other bytes, whoever comes first to it', async () => {
    const store = new MemoryStore();
    const gate = Promise.withResolvers<void>();
    // The winner is held up between its two writes.
    const slow = watchedStore(store, { afterWrite: () => gate.promise });
    const key = area().key('write', 0);
    const winner = area(slow).commitHashed(key, 'won');
    expect(await area(store).commitHashed(key, chunks('lost'))).toBe(false);
    expect(await area(store).hashOf(key)).toBeUndefined();
    gate.resolve();
    expect(await winner).toBe(true);
    expect([await textAt(store, key), await area(store).hashOf(key)]).toEqual(['won', sha256('won')]);
  });
});

describe('shard lists', () => {
  test('the first list of a step counts, also for an attempt that planned another', async () => {
    const store = new MemoryStore();
    expect(await area(store).fixShards('rate', [{ from: 0 }, { from: 5 }])).toMatchObject({ count: 2 });
    expect(await area(store).fixShards('rate', [{ from: 9 }])).toMatchObject({ count: 2 });
    expect(await area(store).shards('rate')).toEqual([
      { index: 0, from: 0 },
      { index: 1, from: 5 },
    ]);
  });

  test('a step that is not planned has none', async () => {
    await expect(area().shards('rate')).rejects.toBeInstanceOf(MissingObjectError);
  });

  test('100,000 shards are named; one more is too many', async () => {
    const work = area();
    const { count } = await work.fixShards(
      'rate',
      Array.from({ length: 100_000 }, () => ({})),
    );
    expect(count).toBe(100_000);
    expect(work.key('rate', 99_999)).toMatch(/\/99999$/);
    expect(() => work.key('rate', 100_000)).toThrow(LimitError);
  });
});

describe('iterations of a loop', () => {
  test.each([
    ['none', [], 0],
    ['the first is going on', [[2, 1]], 0],
    ['one is whole', [[2, 2]], 1],
    [
      'planned, nothing done',
      [
        [2, 2],
        [2, 0],
      ],
      1,
    ],
    [
      'the newest is not whole',
      [
        [2, 2],
        [2, 2],
        [2, 1],
      ],
      2,
    ],
    ['more than nine: numbers, not names, are compared', Array.from({ length: 12 }, () => [1, 1]), 12],
  ] as [string, [number, number][], number][])('%s', async (_case, iterations, completed) => {
    const work = area();
    await withIterations(work, ...iterations);
    expect(await area(work.store).completedIterations('solve')).toBe(completed);
  });

  test('another step, whose name begins alike, does not count', async () => {
    const work = area();
    await work.fixShards('solve-more', [{}], 5);
    await work.commit(work.key('solve-more', 0, 5), 'x');
    expect(await work.completedIterations('solve')).toBe(0);
  });

  test('an object without a list (a late attempt’s, after its iteration was dropped) is no checkpoint', async () => {
    const work = area();
    await work.commit(work.key('solve', 0, 7), 'x');
    expect(await work.completedIterations('solve')).toBe(0);
  });

  test('dropping removes those before `first`, lists and all, and nothing else', async () => {
    const work = area();
    await withIterations(work, [2, 2], [2, 2], [2, 2], [2, 1]);
    await work.commit(work.key('rate', 0), 'x');
    await work.dropIterations('solve', 2);
    expect(Object.keys(await contents(work.store)).map((key) => key.slice(work.prefix.length))).toEqual([
      ...['planned/rate/00000', 'planned/solve-2/00000', 'planned/solve-2/00001', 'planned/solve-2/shards.json'],
      ...['planned/solve-3/00000', 'planned/solve-3/shards.json'],
    ]);
  });

  test('dropping that is broken off anywhere leaves the count, and goes on', async () => {
    for (let last = 0; last < 4; last++) {
      const store = new MemoryStore();
      await withIterations(area(store), [1, 1], [1, 1], [1, 1]);
      let deletes = 0;
      const before = (call: string) => {
        if (call === 'delete' && deletes++ === last) throw new Error('killed');
      };
      await expect(area(watchedStore(store, { before })).dropIterations('solve', 2)).rejects.toThrow('killed');
      expect(await area(store).completedIterations('solve')).toBe(3);
      await area(store).dropIterations('solve', 2);
      expect(await area(store).completedIterations('solve')).toBe(3);
      const objects = Object.keys(await contents(store)).filter((key) => !key.endsWith('shards.json'));
      expect(objects).toEqual([area().key('solve', 0, 2)]);
    }
  });
});
