import { describe, expect, test } from 'vitest';
import { arrive } from '../../../functions/day-arrival/batch.ts';
import type { Store } from '../../../shared/store/store.ts';
import { watchedStore } from '../../helpers/watched-store.ts';
import { DAY, keyOf, queued, World } from './world.ts';

/** S3 lists at most this many objects in one request. */
const PAGE = 1000;

/** Counts the requests of a world's stores. A list costs one request for each page. */
class Requests {
  head = 0;
  get = 0;
  put = 0;
  list = 0;

  wrap = (store: Store): Store => ({
    ...watchedStore(store, {
      before: (call) => {
        if (call === 'head' || call === 'get' || call === 'put') this[call]++;
      },
    }),
    list: (prefix, options) => this.#pages(store, prefix, options),
  });

  async *#pages(store: Store, prefix: string, options?: Parameters<Store['list']>[1]) {
    let found = 0;
    this.list++;
    for await (const object of store.list(prefix, options)) {
      if (found++ % PAGE === 0 && found > 1) this.list++;
      yield object;
    }
  }
}

const FILES = 4000;
/** The files come within ten minutes, and the queue hands over what came within a minute. */
const BATCHES = 10;
const IN_BATCH = FILES / BATCHES;
const file = (at: number): string => `part-${String(at).padStart(5, '0')}`;

describe('the requests of a day of 4,000 files', () => {
  /** Puts the files of each minute, and hands them to `came`. */
  async function filesCome(world: World, came: (names: readonly string[]) => Promise<unknown>): Promise<void> {
    for (let batch = 0; batch < BATCHES; batch++) {
      const names = Array.from({ length: IN_BATCH }, (_, at) => file(batch * IN_BATCH + at));
      for (const name of names) await world.put(name);
      world.minute++;
      await came(names);
    }
  }

  test('Before the marker, each batch costs one HEAD; the marker and the last batch list the day once each', async () => {
    const requests = new Requests();
    const world = new World('marker', requests.wrap);
    await filesCome(world, async (names) => {
      // The marker comes before the queue hands over the files of the last minute.
      if (names.includes(file(FILES - 1))) {
        await world.mark();
        await world.deliver('_SUCCESS');
      }
      await world.deliver(...names);
    });
    expect(world.dailies).toHaveLength(1);
    // 4,001 objects are five pages. The other requests are one HEAD for each of the first nine batches, and two decisions.
    expect(requests.list).toBe(2 * 5);
    expect(requests.head + requests.get + requests.put).toBe(9 + 14);
  });

  test('Under the rule “quiet” nothing but the wait lists', async () => {
    const requests = new Requests();
    const world = new World('quiet', requests.wrap);
    await filesCome(world, (names) => world.deliver(...names));
    expect(requests.list).toBe(0);
    await world.run();
    expect(world.dailies).toHaveLength(1);
    expect(requests.list).toBeLessThan(20);
  });

  test('Late files list the day once, however many batches they come in, until the wait is over', async () => {
    const requests = new Requests();
    const world = new World('marker', requests.wrap);
    await world.put('first');
    await world.mark();
    await world.deliver('_SUCCESS');
    const before = requests.list;
    await filesCome(world, (names) => world.deliver(...names));
    expect(requests.list - before).toBe(1);
    await world.run();
    expect(world.dailies).toHaveLength(2);
  });
});

describe('a batch', () => {
  test('Only the events of days that fail go back to the queue', async () => {
    const world = new World('marker');
    const { openStore } = world.environment;
    const broken = async (location: string) => {
      if (location.includes('/1208')) throw new Error('no such bucket');
      return openStore(location);
    };
    Object.assign(world.environment, { openStore: broken });
    await world.put('a');
    await world.mark();
    const Records = [
      queued('marker', keyOf('_SUCCESS')),
      queued('broken 1', 'actions.2011/1208/collector-0/a'),
      queued('file', keyOf('a')),
      queued('broken 2', 'actions.2011/1208/_SUCCESS'),
      queued('elsewhere', 'readme.txt'),
    ];
    expect(await arrive({ Records }, world.environment)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'broken 1' }, { itemIdentifier: 'broken 2' }],
    });
    expect(world.dailies).toHaveLength(1);
  });

  test.each(['', 'text', '{"detail":{}}', '[]'])(
    'The message %j is no event, and goes back to the queue',
    async (body) => {
      const world = new World('marker');
      const Records = [{ messageId: 'odd', body }, queued('file', keyOf('a'))];
      expect(await arrive({ Records }, world.environment)).toEqual({ batchItemFailures: [{ itemIdentifier: 'odd' }] });
    },
  );

  test('Days for which there is no time left go back to the queue', async () => {
    const world = new World('marker');
    const keys = Array.from({ length: 20 }, (_, at) => `actions.2011/12${String(at + 1).padStart(2, '0')}/c/x`);
    const { openStore } = world.environment;
    // Each of the first eight looks, which are begun together, takes a minute and a half.
    Object.assign(world.environment, {
      openStore: async (location: string) => {
        world.minute = 1.5;
        return openStore(location);
      },
    });
    const { batchItemFailures } = await arrive({ Records: keys.map((key) => queued(key, key)) }, world.environment);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(keys.slice(1));
  });

  test('A file in a folder of its own that is called as the marker does not start a day', async () => {
    const world = new World('marker');
    await world.put('a');
    await arrive({ Records: [queued('1', 'actions.2011/1209/collector-0/_SUCCESS')] }, world.environment);
    expect(world.dailies).toEqual([]);
  });

  test('A marker among files starts the day, in any order', async () => {
    for (const names of [
      ['a', '_SUCCESS', 'b'],
      ['_SUCCESS', 'a', 'b', '_SUCCESS'],
    ]) {
      const world = new World('marker');
      await world.put('a');
      await world.mark();
      await world.deliver(...names);
      expect(world.dailies).toMatchObject([{ day: DAY, attempt: 1 }]);
    }
  });
});
