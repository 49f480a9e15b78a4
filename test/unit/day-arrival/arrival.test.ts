import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayRun } from '../../../functions/day-arrival/core.ts';
import { attemptFolder } from '../../../functions/day-arrival/day-records.ts';
import { dayInWords } from '../../../shared/in-words.ts';
import { MAX_SWEEP_RESTARTS } from '../../../shared/job/executions.ts';
import type { ObjectInfo, Store } from '../../../shared/store/store.ts';
import { DAY, QUIET_MINUTES, World } from './world.ts';

/** The run that the folder's log files make now. */
async function runOf(world: World): Promise<string> {
  const objects: ObjectInfo[] = [];
  for await (const object of world.logs.list('collector-0/')) objects.push(object);
  return dayRun(DAY, objects);
}

const runs = (world: World): string[] => world.dailies.map(({ run }) => run);

describe('a day that a marker closes', () => {
  test('starts at once, when the marker is there, and not before', async () => {
    const world = new World('marker');
    await world.put('a');
    expect(await world.event('a')).toEqual({ kind: 'nothing', why: 'there is no marker yet' });
    await world.mark();
    expect(await world.event('_SUCCESS')).toMatchObject({ kind: 'run' });
    expect(world.dailies).toEqual([
      { day: DAY, run: await runOf(world), attempt: 1, requestedAt: '2011-12-10T00:00:00.000Z' },
    ]);
  });

  test('runs once, however often its events come, also when it is over', async () => {
    const world = new World('marker');
    await world.put('a');
    await world.mark();
    for (const minute of [0, 0, 1, 5, 1440]) world.at(minute, () => world.event('_SUCCESS'));
    await world.run();
    expect(world.executions.size).toBe(1);
  });

  test('a thousand late files run it once more, when they have settled', async () => {
    const world = new World('marker');
    await world.put('a');
    await world.mark();
    await world.event('_SUCCESS');
    for (let file = 0; file < 1000; file++) {
      world.at(60 + file / 50, async () => {
        await world.put(`late-${file}`);
        await world.event(`late-${file}`);
      });
    }
    await world.run();
    expect(world.dailies).toHaveLength(2);
    expect(world.dailies[1]?.run).toBe(await runOf(world));
    // The last file comes 20 minutes (1000 / 50) after minute 60; looks are ten minutes apart.
    const settledAt = (Date.parse(world.dailies[1]!.requestedAt) - Date.UTC(2011, 11, 10)) / 60_000;
    expect(settledAt).toBeGreaterThanOrEqual(60 + 999 / 50 + QUIET_MINUTES);
    expect(settledAt).toBeLessThanOrEqual(60 + 1000 / 50 + 2 * QUIET_MINUTES);
    expect(world.mostWaiting).toBe(1);
  }, 15_000);

  test('logs that are again as they were two runs ago are run again: the output is another’s', async () => {
    const world = new World('marker');
    await world.put('a');
    await world.mark();
    await world.event('_SUCCESS');
    world.at(60, () => world.put('b').then(() => world.event('b')));
    world.at(120, () => world.logs.delete('collector-0/b').then(() => world.event('a')));
    await world.run();
    const [first, second, third] = world.dailies;
    expect(third).toMatchObject({ run: first?.run, attempt: 2 });
    expect(third!.requestedAt > second!.requestedAt).toBe(true);
  });
});

describe('a day that is closed by quiet', () => {
  test('runs when nothing has come for the minutes set', async () => {
    const world = new World('quiet');
    for (const minute of [0, 4, 8, 15])
      world.at(minute, () => world.put(`at-${minute}`).then(() => world.event(`at-${minute}`)));
    await world.run();
    expect(runs(world)).toEqual([await runOf(world)]);
    // Looks at 0, 10, 20 (changed at 15), 30.
    expect(world.dailies[0]?.requestedAt).toBe('2011-12-10T00:30:00.000Z');
  });

  test('events of a day that is decided wait for nothing', async () => {
    const world = new World('quiet');
    world.at(0, () => world.put('a').then(() => world.event('a')));
    world.at(60, () => world.event('a'));
    await world.run();
    expect([...world.executions.keys()]).toEqual([`arrival-${DAY}-1`, expect.stringContaining(`daily-${DAY}-`)]);
  });
});

describe('the hourly sweep', () => {
  test('starts a day whose events were all lost', async () => {
    const world = new World('marker');
    await world.put('a');
    await world.mark();
    expect(await world.sweep()).toMatchObject({ [DAY]: { kind: 'run' }, [DAY + 1]: { kind: 'nothing' } });
    await world.run();
    expect(await world.sweep()).toMatchObject({ [DAY]: { kind: 'nothing', why: 'all of it is done' } });
  });

  test('starts again what failed, three times, and then leaves it to a person', async () => {
    const world = new World('marker');
    world.outcome = 'FAILED';
    await world.put('a');
    await world.mark();
    await world.event('_SUCCESS');
    for (let hour = 1; hour <= 8; hour++) world.at(hour * 60, () => world.sweep());
    await world.run();
    expect(world.dailies.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(world.dailies).toHaveLength(1 + MAX_SWEEP_RESTARTS);
    expect(await world.event('_SUCCESS')).toMatchObject({ kind: 'nothing' });
    expect(await world.byHand()).toMatchObject({ kind: 'run', name: expect.stringMatching(/-5$/) });
  });

  test.each([
    ['ConfigError', 'nothing'],
    ['BlockedModelError', 'nothing'],
    ['StoreUnavailableError', 'run'],
  ])('asks of a day that failed for %s: %s', async (name, kind) => {
    const world = new World('marker');
    world.outcome = 'FAILED';
    await world.put('a');
    await world.mark();
    await world.event('_SUCCESS');
    await world.run();
    const folder = attemptFolder({ run: await runOf(world), attempt: 1 });
    const jobs = { 'matrix-factorization': { outcome: 'failed', error: { name, message: name } } };
    await world.output.put(`${folder}all-clients.json`, '["shop"]');
    await world.output.put(`${folder}clients.json`, '["shop"]');
    await world.output.put(`${folder}failed/shop.json`, JSON.stringify({ client: 'shop', jobs }));
    expect(await world.sweep()).toMatchObject({ [DAY]: { kind } });
    // A person has mended the cause.
    if (kind === 'nothing') expect(await world.byHand()).toMatchObject({ kind: 'run' });
  });

  test('starts again what succeeded and lost its output', async () => {
    const world = new World('marker');
    await world.put('a');
    await world.mark();
    await world.event('_SUCCESS');
    await world.run();
    await world.output.delete(`_rejected/${DAY}/_SUCCESS`);
    expect(await world.sweep()).toMatchObject({ [DAY]: { kind: 'run' } });
    expect(world.dailies[1]).toMatchObject({ run: world.dailies[0]?.run, attempt: 2 });
  });

  test('starts what was decided, where its starter died before it did', async () => {
    const world = new World('marker');
    await world.put('a');
    await world.mark();
    const { start } = world.environment.executions;
    const broken = { ...world.environment.executions, start: () => Promise.reject(new Error('killed')) };
    Object.assign(world.environment, { executions: broken });
    await expect(world.event('_SUCCESS')).rejects.toThrow('killed');
    Object.assign(world.environment, { executions: { ...broken, start } });
    world.minute = 60;
    await world.sweep();
    // Decided at minute 0: that is when it was asked for.
    expect(world.dailies).toMatchObject([{ attempt: 1, requestedAt: '2011-12-10T00:00:00.000Z' }]);
  });

  test('looks at the other days where one has trouble, and says which', async () => {
    const world = new World('marker');
    await world.put('a');
    await world.mark();
    const { openStore } = world.environment;
    const broken = async (location: string) => {
      if (location.includes('/1208')) throw new Error('no such bucket');
      return openStore(location);
    };
    Object.assign(world.environment, { openStore: broken });
    await expect(world.sweep()).rejects.toThrow(`day ${dayInWords(DAY - 1)}: no such bucket`);
    expect(world.dailies).toHaveLength(1);
  });
});

describe('by hand', () => {
  test('a day runs again, a running one is joined, a day without logs is refused', async () => {
    const world = new World('marker');
    await expect(world.byHand()).rejects.toThrow(`no log of day ${dayInWords(DAY)}`);
    await world.put('a');
    expect(await world.byHand()).toMatchObject({ kind: 'run' });
    expect(await world.byHand()).toMatchObject({ kind: 'joined' });
    await world.run();
    expect(await world.byHand()).toMatchObject({ kind: 'run', name: expect.stringMatching(/-2$/) });
  });
});

test('a waiting execution that was stopped is followed by the next one', async () => {
  const world = new World('quiet');
  await world.put('a');
  await world.event('a');
  world.executions.get(`arrival-${DAY}-1`)!.status = 'ABORTED';
  expect(await world.event('a')).toMatchObject({ kind: 'waiting', name: `arrival-${DAY}-2` });
  await world.run();
  expect(runs(world)).toEqual([await runOf(world)]);
});

test('a file that comes while a wait ends, and whose event joins that wait, is not lost', async () => {
  let comes: (() => Promise<unknown>) | undefined;
  const world = new World('quiet', (store) => ({
    ...forwarding(store),
    put: async (key, body, condition) => {
      const act = comes;
      comes = undefined;
      await act?.();
      return store.put(key, body, condition);
    },
  }));
  await world.put('a');
  await world.event('a');
  world.at(QUIET_MINUTES - 1, async () => {
    // The next thing written is the decision that this wait comes to.
    comes = async () => {
      await world.put('last');
      expect(await world.event('last')).toEqual({ kind: 'waiting', name: `arrival-${DAY}-1` });
    };
  });
  await world.run();
  expect(world.dailies).toHaveLength(2);
  expect(world.dailies[1]?.run).toBe(await runOf(world));
});

/** Events as EventBridge delivers them: 1 to 5 times, each up to a day late; the first of them within the minute. */
const deliveries = fc.array(fc.integer({ min: 0, max: 1440 }), { maxLength: 4 }).map((late) => [0.5, ...late]);
const burst = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 8 }), deliveries }), { minLength: 1, maxLength: 6 });

describe('events delivered 1 to 5 times, in any order, with late files', () => {
  test.each(['marker', 'quiet'] as const)(
    'lead to exactly one run for each time the day has settled (%s)',
    async (rule) => {
      await fc.assert(
        fc.asyncProperty(fc.array(burst, { minLength: 1, maxLength: 4 }), async (bursts) => {
          const world = new World(rule);
          const wanted: string[] = [];
          let minute = 0;
          for (const [at, files] of bursts.entries()) {
            for (const [file, { gap, deliveries }] of files.entries()) {
              minute += gap;
              world.at(minute, () => world.put(`${at}-${file}`));
              for (const delay of deliveries) world.at(minute + delay, () => world.event(`${at}-${file}`));
            }
            if (at === 0) world.at(minute + 0.1, world.mark);
            world.at(minute + 0.2, async () => wanted.push(await runOf(world)));
            if (at === 0)
              for (const delay of [0, 0.5, 90, 1440]) world.at(minute + 0.2 + delay, () => world.event('_SUCCESS'));
            // Longer than it takes to settle: two looks, and the day itself.
            minute += 60;
          }
          await world.run();
          expect(runs(world)).toEqual(wanted);
          expect(world.dailies.every(({ attempt }) => attempt === 1)).toBe(true);
          const times = world.dailies.map(({ requestedAt }) => requestedAt);
          expect(times).toEqual([...new Set(times)].sort());
          expect(world.mostWaiting).toBeLessThanOrEqual(1);
        }),
        { numRuns: 60 },
      );
    },
  );

  test('whatever happens at the same moment, the last run is that of the last logs, and none runs twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), async (scheduler, late) => {
        const world = new World('marker', (store) => interleaved(store, scheduler));
        await world.put('a');
        await world.mark();
        const comes = (name: string) =>
          scheduler
            .schedule(Promise.resolve())
            .then(() => world.put(name))
            .then(() => world.event(name));
        const acts: Promise<unknown>[] = [world.event('a'), world.event('_SUCCESS'), world.sweep(1), world.sweep(2)];
        for (let file = 0; file < late; file++) {
          acts.push(comes(`late-${file}`));
        }
        await scheduler.waitFor(Promise.all(acts));
        // Looks of the waiting execution meet a file that comes at that very moment.
        world.at(QUIET_MINUTES, () => comes('last'));
        await scheduler.waitFor(Promise.all([world.run(), world.run()]));
        await scheduler.waitFor(world.run());
        expect(runs(world).at(-1)).toBe(await runOf(world));
        expect(new Set(runs(world)).size).toBe(world.dailies.length);
        // Of the decisions at minute 0 one was first; all others have waited.
        expect(world.dailies.filter(({ requestedAt }) => requestedAt.startsWith('2011-12-10T00:00:'))).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
  });
});

const forwarding = (store: Store): Store => ({
  root: store.root,
  head: (key) => store.head(key),
  get: (key, options) => store.get(key, options),
  stream: (key, options) => store.stream(key, options),
  list: (prefix) => store.list(prefix),
  put: (key, body, condition) => store.put(key, body, condition),
  link: (from, key, condition) => store.link(from, key, condition),
  delete: (key, condition) => store.delete(key, condition),
});

/** A store whose every answer comes when the scheduler says. */
function interleaved(store: Store, scheduler: fc.Scheduler): Store {
  const soon = <T>(work: () => Promise<T>): Promise<T> => scheduler.schedule(Promise.resolve()).then(work);
  return {
    ...forwarding(store),
    head: (key) => soon(() => store.head(key)),
    get: (key, options) => soon(() => store.get(key, options)),
    async *list(prefix) {
      await scheduler.schedule(Promise.resolve());
      yield* store.list(prefix);
    },
    put: (key, body, condition) => soon(() => store.put(key, body, condition)),
  };
}
