import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DamagedObjectError, LimitError } from '../../../shared/errors.ts';
import { commitHashed, verified } from '../../../shared/job/hashed-objects.ts';
import { completedIterations, dropIterations } from '../../../shared/job/iterations.ts';
import { fixPlan, isPlanned } from '../../../shared/job/run.ts';
import type { Shard, StepObjects } from '../../../shared/job/shard.ts';
import { WorkArea } from '../../../shared/job/work-area.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { collectBody } from '../../../shared/store/body.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { SegmentWriter } from '../../../shared/store/segments.ts';
import type { Body, Store } from '../../../shared/store/store.ts';
import { existingObject } from '../../helpers/existing-object.ts';
import { contents, textAt, textIfThere } from '../../helpers/store-texts.ts';
import { watchedStore } from '../../helpers/watched-store.ts';

const solve: StepObjects<Shard, JsonValue> = { name: 'solve' };
/** Its name begins like that of `solve`. */
const solveMore: StepObjects<Shard, JsonValue> = { name: 'solve-more' };
const rate: StepObjects<Shard, JsonValue> = { name: 'rate' };
const write: StepObjects<Shard, JsonValue> = { name: 'write' };

const area = (store: Store = new MemoryStore()) => new WorkArea(store, '.work/job/shop/run/', 'planned');

/** Plans iterations with `planned` shards each and writes the first `written` of them. */
async function withIterations(work: WorkArea, ...iterations: [planned: number, written: number][]): Promise<void> {
  for (const [iteration, [planned, written]] of iterations.entries()) {
    await work.fixShards(
      solve,
      Array.from({ length: planned }, () => ({})),
      iteration,
    );
    for (let shard = 0; shard < written; shard++) await work.commit(work.key(solve, shard, iteration), 'x');
  }
}

describe('commit', () => {
  test('The first write of a key counts, and the second one returns false', async () => {
    const work = area();
    const key = work.key(rate, 3);
    expect(key).toBe('.work/job/shop/run/planned/rate/00003');
    expect(await work.commit(key, 'first')).toBe(true);
    expect(await work.commit(key, 'second')).toBe(false);
    expect(await textAt(work.store, key)).toBe('first');
  });

  test('An error that is not a lost race is passed on', async () => {
    const work = area(
      watchedStore(new MemoryStore(), {
        before: () => {
          throw new LimitError('disk full');
        },
      }),
    );
    await expect(work.commit(work.key(rate, 0), 'x')).rejects.toThrow('disk full');
  });
});

describe('commits of objects that become output files', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const verify = async (work: WorkArea, key: string) => verified(work, await existingObject(work.store, key));
  const chunks = async function* (...texts: string[]) {
    for (const text of texts) yield Buffer.from(text);
  };

  test('The hash is stored beside the object, whatever the form of the body', async () => {
    const work = area();
    const bodies = ['grüße', new TextEncoder().encode('grüße'), chunks('grü', '', 'ße')];
    for (const [shard, body] of bodies.entries()) {
      const key = work.key(write, shard);
      expect(await commitHashed(work, key, body)).toBe(true);
      expect(await textAt(work.store, key)).toBe('grüße');
      expect(await verify(work, key)).toBe(sha256('grüße'));
    }
    const empty = work.key(write, 9);
    await commitHashed(work, empty, chunks());
    expect(await verify(work, empty)).toBe(sha256(''));
  });

  test('The attempt that lost stores no hash, whichever attempt comes first', async () => {
    const store = new MemoryStore();
    const gate = Promise.withResolvers<void>();
    // The winner is paused between its two writes.
    const slow = watchedStore(store, { afterWrite: () => gate.promise });
    const key = area().key(write, 0);
    const winner = commitHashed(area(slow), key, 'won');
    expect(await commitHashed(area(store), key, chunks('lost'))).toBe(false);
    expect(await textIfThere(store, `${key}.sha256`)).toBeUndefined();
    gate.resolve();
    expect(await winner).toBe(true);
    expect([await textAt(store, key), await verify(area(store), key)]).toEqual(['won', sha256('won')]);
  });
});

describe('shard lists', () => {
  test('The first list of a step counts, even for an attempt that planned another', async () => {
    const store = new MemoryStore();
    expect(await area(store).fixShards(rate, [{ from: 0 }, { from: 5 }])).toMatchObject({ count: 2 });
    expect(await area(store).fixShards(rate, [{ from: 9 }])).toMatchObject({ count: 2 });
    expect(await area(store).shards(rate)).toEqual([
      { index: 0, from: 0 },
      { index: 1, from: 5 },
    ]);
  });

  test('A step that was not planned has no list', async () => {
    await expect(area().shards(rate)).rejects.toBeInstanceOf(DamagedObjectError);
  });

  test('100,000 shards have keys, and one more is too many', async () => {
    const work = area();
    const { count } = await work.fixShards(
      rate,
      Array.from({ length: 100_000 }, () => ({})),
    );
    expect(count).toBe(100_000);
    expect(work.key(rate, 99_999)).toMatch(/\/99999$/);
    expect(() => work.key(rate, 100_000)).toThrow(LimitError);
  });
});

describe('iterations of a loop', () => {
  test.each([
    ['no iteration', [], 0],
    ['an unfinished first iteration', [[2, 1]], 0],
    ['one complete iteration', [[2, 2]], 1],
    [
      'a planned second iteration',
      [
        [2, 2],
        [2, 0],
      ],
      1,
    ],
    [
      'an incomplete newest iteration',
      [
        [2, 2],
        [2, 2],
        [2, 1],
      ],
      2,
    ],
    ['more than nine iterations, compared by number', Array.from({ length: 12 }, () => [1, 1]), 12],
  ] as [string, [number, number][], number][])(
    'The completed iterations are counted: %s',
    async (_case, iterations, completed) => {
      const work = area();
      await withIterations(work, ...iterations);
      expect(await completedIterations(area(work.store), solve)).toBe(completed);
    },
  );

  test('A step with a similar name does not count', async () => {
    const work = area();
    await work.fixShards(solveMore, [{}], 5);
    await work.commit(work.key(solveMore, 0, 5), 'x');
    expect(await completedIterations(work, solve)).toBe(0);
  });

  test('An object without a shard list is not a checkpoint', async () => {
    const work = area();
    await work.commit(work.key(solve, 0, 7), 'x');
    expect(await completedIterations(work, solve)).toBe(0);
  });

  test('Dropping iterations deletes the lists and objects before the first that is kept, and nothing else', async () => {
    const work = area();
    await withIterations(work, [2, 2], [2, 2], [2, 2], [2, 1]);
    await work.commit(work.key(rate, 0), 'x');
    await dropIterations(work, solve, 2);
    expect(Object.keys(await contents(work.store)).map((key) => key.slice(work.prefix.length))).toEqual([
      ...['planned/rate/00000', 'planned/solve-2/00000', 'planned/solve-2/00001', 'planned/solve-2/shards.json'],
      ...['planned/solve-3/00000', 'planned/solve-3/shards.json'],
    ]);
  });

  test('Dropping iterations can be interrupted anywhere and repeated', async () => {
    for (let last = 0; last < 4; last++) {
      const store = new MemoryStore();
      await withIterations(area(store), [1, 1], [1, 1], [1, 1]);
      let deletes = 0;
      const before = (call: string) => {
        if (call === 'delete' && deletes++ === last) throw new Error('killed');
      };
      await expect(dropIterations(area(watchedStore(store, { before })), solve, 2)).rejects.toThrow('killed');
      expect(await completedIterations(area(store), solve)).toBe(3);
      await dropIterations(area(store), solve, 2);
      expect(await completedIterations(area(store), solve)).toBe(3);
      const objects = Object.keys(await contents(store)).filter((key) => !key.endsWith('shards.json'));
      expect(objects).toEqual([area().key(solve, 0, 2)]);
    }
  });
});

describe('damaged objects of the work area', () => {
  const damages: readonly [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['emptied', () => new Uint8Array()],
    ['cut', (bytes) => bytes.slice(0, bytes.length / 2)],
    ['flipped', (bytes) => bytes.map((byte, at) => (at === Math.floor(bytes.length / 3) ? byte ^ 4 : byte))],
  ];

  async function damage(store: Store, key: string, how: (bytes: Uint8Array) => Uint8Array): Promise<void> {
    const { bytes } = await store.get(key);
    await store.put(key, how(bytes));
  }

  const segments = (): Body => {
    const writer = new SegmentWriter();
    writer.add('x', new Uint8Array(30).fill(3));
    return writer.finish();
  };

  test.each(damages)(
    "A shard's object that is %s is deleted when it is read, and nothing else is",
    async (_case, how) => {
      const work = area();
      for (const shard of [0, 1]) await work.commit(work.key(rate, shard), segments());
      await work.fixShards(rate, [{}, {}]);
      await damage(work.store, work.key(rate, 1), how);
      const reading = async () => (await work.open(rate, 1)).read('x');
      await expect(reading()).rejects.toThrow(`${work.store.root}/${work.key(rate, 1)} is damaged`);
      const left = Object.keys(await contents(work.store));
      expect(left.map((key) => key.slice(work.prefix.length))).toEqual([
        'planned/rate/00000',
        'planned/rate/shards.json',
      ]);
      await expect(work.open(rate, 1)).rejects.toThrow('is gone, and a later step needs it');
      expect((await (await work.open(rate, 0)).read('x'))[0]).toBe(3);
    },
  );

  test('An object that another shard has deleted as damaged is reported as gone', async () => {
    const work = area();
    const writer = new SegmentWriter();
    writer.add('x', new Uint8Array(100_000));
    await work.commit(work.key(rate, 0), writer.finish());
    const file = await work.open(rate, 0);
    await work.store.delete(work.key(rate, 0));
    await expect(file.read('x')).rejects.toThrow('is gone, and a later step needs it');
    await expect(collectBody(file.stream('x'))).rejects.toThrow(DamagedObjectError);
  });

  test.each(damages)('A shard list that is %s is deleted with everything computed from it', async (_case, how) => {
    const work = area();
    await work.commit(`${work.prefix}plans/planned.json`, '{}');
    for (const step of [rate, solve]) {
      await work.fixShards(step, [{ from: 0 }]);
      await work.commit(work.key(step, 0), segments());
    }
    const key = `${work.prefix}planned/rate/shards.json`;
    await damage(work.store, key, how);
    await expect(area(work.store).shards(rate)).rejects.toThrow(`${key} is damaged`);
    expect(Object.keys(await contents(work.store))).toEqual([`${work.prefix}plans/planned.json`]);
  });

  test('A changed entry of a shard list is an error, and the list stays when it is undamaged', async () => {
    const work = area();
    const { key } = await work.fixShards(rate, [{ from: 0 }, { from: 7 }]);
    const [, entry] = JSON.parse(await textAt(work.store, key));
    expect(await work.entry(rate, entry)).toEqual({ index: 1, from: 7 });
    await expect(work.entry(rate, { ...entry, from: 6 })).rejects.toThrow(DamagedObjectError);
    expect(await textIfThere(work.store, key)).toBeDefined();
    await damage(work.store, key, () => new Uint8Array());
    await expect(area(work.store).entry(rate, { ...entry, from: 6 })).rejects.toThrow('it is empty');
    expect(await textIfThere(work.store, key)).toBeUndefined();
  });

  test('A loop restarts unless as many successive checkpoints as it keeps are complete', async () => {
    const work = area();
    await withIterations(work, [2, 2], [2, 2], [2, 2], [2, 2], [2, 1]);
    await dropIterations(work, solve, 2);
    expect(await completedIterations(work, solve, 2)).toBe(4);
    await work.store.delete(work.key(solve, 0, 3));
    expect(await completedIterations(work, solve, 2)).toBe(0); // only iteration 2 is complete, and 1 was dropped
    await work.commit(work.key(solve, 0, 3), 'x');
    await work.store.delete(work.key(solve, 1, 2));
    expect(await completedIterations(work, solve, 2)).toBe(0); // only iteration 3 is complete
    // When the iterations are computed again, the existing ones count.
    await withIterations(work, [2, 2]);
    expect(await completedIterations(work, solve, 2)).toBe(1);
    await withIterations(work, [2, 2], [2, 2]);
    expect(await completedIterations(work, solve, 2)).toBe(2);
    await withIterations(work, [2, 2], [2, 2], [2, 2]);
    expect(await completedIterations(work, solve, 2)).toBe(4);
  });

  test('A damaged plan is deleted and written again with the same content', async () => {
    const store = new MemoryStore();
    const plan = { job: 'job', version: 1, client: 'shop', day: 7, settings: {}, shards: null, inputs: [] };
    const prefix = area(store).prefix;
    const name = await fixPlan(store, prefix, plan);
    const key = `${prefix}plans/${name}.json`;
    const before = await textAt(store, key);
    for (const [, how] of damages) {
      await damage(store, key, how);
      await expect(area(store).json(key)).rejects.toThrow(`${key} is damaged`);
      expect(await fixPlan(store, prefix, plan)).toBe(name);
      expect(await textAt(store, key)).toBe(before);
    }
  });

  test('A plan of another format does not count', async () => {
    const store = new MemoryStore();
    const prefix = area(store).prefix;
    await store.put(`${prefix}plans/planned.json`, '{"job":"job"}');
    expect(await isPlanned(store, prefix)).toBe(false);
    const plan = { job: 'job', version: 1, client: 'shop', day: 7, settings: {}, shards: null, inputs: [] };
    expect(await fixPlan(store, prefix, plan)).toBe('planned-v2');
    expect(await isPlanned(store, prefix)).toBe(true);
  });
});
