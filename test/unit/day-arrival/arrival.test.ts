import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayRun } from '../../../functions/day-arrival/core.ts';
import { attemptFolder } from '../../../functions/day-arrival/day-records.ts';
import { writeOutcome } from '../../../functions/day-arrival/outcomes.ts';
import { dayInWords } from '../../../shared/in-words.ts';
import { MAX_SWEEP_RESTARTS } from '../../../shared/job/executions.ts';
import type { Store } from '../../../shared/store/store.ts';
import { collected } from '../../helpers/collected.ts';
import { DAY, QUIET_MINUTES, World } from './world.ts';

/** Returns the run of the current log files. */
async function runOf(world: World): Promise<string> {
  return dayRun(DAY, await collected(world.logs.list('collector-0/')));
}

const runs = (world: World): string[] => world.dailies.map(({ run }) => run);

describe('days that are closed by a marker', () => {
  test('A day starts when its marker exists and not before', async () => {
    const world = new World('marker');
    await world.put('a');
    expect(await world.event('a')).toEqual({ kind: 'nothing', why: 'there is no marker yet' });
    await world.mark();
    expect(await world.event('_SUCCESS')).toMatchObject({ kind: 'run' });
    expect(world.dailies).toEqual([
      { day: DAY, run: await runOf(world), attempt: 1, requestedAt: '2011-12-10T00:00:00.000Z' },
    ]);
  });

  test('A day runs once, however often its events are delivered, even after its end', async () => {
    const world = new World('marker');
    await world.put('a');
    await world.mark();
    for (const minute of [0, 0, 1, 5, 1440]) world.at(minute, () => world.event('_SUCCESS'));
    await world.run();
    expect(world.executions.size).toBe(1);
  });

  test('A thousand late files start one more run after they have settled', async () => {
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
    // The last file is written 20 minutes (1000 / 50) after minute 60, and looks are ten minutes apart.
    const settledAt = (Date.parse(world.dailies[1]!.requestedAt) - Date.UTC(2011, 11, 10)) / 60_000;
    expect(settledAt).toBeGreaterThanOrEqual(60 + 999 / 50 + QUIET_MINUTES);
    expect(settledAt).toBeLessThanOrEqual(60 + 1000 / 50 + 2 * QUIET_MINUTES);
    expect(world.mostWaiting).toBe(1);
  }, 15_000);

  test('Logs that return to an earlier state are run again, because the output is that of other logs', async () => {
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

describe('days that are closed by quiet', () => {
  test('A day runs after the configured minutes without a new file', async () => {
    const world = new World('quiet');
    for (const minute of [0, 4, 8, 15])
      world.at(minute, () => world.put(`at-${minute}`).then(() => world.event(`at-${minute}`)));
    await world.run();
    expect(runs(world)).toEqual([await runOf(world)]);
    // Looks happen at 0, 10, 20 (changed at 15) and 30.
    expect(world.dailies[0]?.requestedAt).toBe('2011-12-10T00:30:00.000Z');
  });

  test('A repeated event of a day that has been run opens a wait that ends at its first look', async () => {
    const world = new World('quiet');
    world.at(0, () => world.put('a').then(() => world.event('a')));
    world.at(60, () => world.event('a'));
    await world.run();
    expect([...world.executions.keys()]).toEqual([
      `arrival-${DAY}-1`,
      expect.stringContaining(`daily-${DAY}-`),
      `arrival-${DAY}-2`,
    ]);
    expect(world.minute).toBe(60);
    expect([...world.executions.values()].every(({ status }) => status === 'SUCCEEDED')).toBe(true);
  });
});

describe('the hourly sweep', () => {
  test('A day whose events were all lost is started', async () => {
    const world = new World('marker');
    await world.put('a');
    await world.mark();
    expect(await world.sweep()).toMatchObject({ [DAY]: { kind: 'run' }, [DAY + 1]: { kind: 'nothing' } });
    await world.run();
    expect(await world.sweep()).toMatchObject({ [DAY]: { kind: 'nothing', why: 'everything is done' } });
  });

  test('A failed day is started again three times and then left to a person', async () => {
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
  ])('After a failure with %s the sweep decides: %s', async (name, kind) => {
    const world = new World('marker');
    world.outcome = 'FAILED';
    await world.put('a');
    await world.mark();
    await world.event('_SUCCESS');
    await world.run();
    const last = { day: DAY, run: await runOf(world), attempt: 1 };
    const folder = attemptFolder(last);
    const jobs = { 'matrix-factorization': { outcome: 'failed', error: { name, message: name } } } as const;
    await world.output.put(`${folder}all-clients.json`, '["shop"]');
    await world.output.put(`${folder}clients.json`, '["shop"]');
    await world.output.put(`${folder}summary.json`, '{}');
    await writeOutcome(world.output, last, { client: 'shop', jobs });
    expect(await world.sweep()).toMatchObject({ [DAY]: { kind } });
    // A person has removed the cause.
    if (kind === 'nothing') expect(await world.byHand()).toMatchObject({ kind: 'run' });
  });

  test('A day that succeeded and lost its output is started again', async () => {
    const world = new World('marker');
    await world.put('a');
    await world.mark();
    await world.event('_SUCCESS');
    await world.run();
    await world.output.delete(`_rejected/${DAY}/_SUCCESS`);
    expect(await world.sweep()).toMatchObject({ [DAY]: { kind: 'run' } });
    expect(world.dailies[1]).toMatchObject({ run: world.dailies[0]?.run, attempt: 2 });
  });

  test('A day whose starter died after its decision is started', async () => {
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
    // The day was requested when it was decided, at minute 0.
    expect(world.dailies).toMatchObject([{ attempt: 1, requestedAt: '2011-12-10T00:00:00.000Z' }]);
  });

  test('A problem with one day does not stop the others, and the error names the day', async () => {
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

describe('starts by hand', () => {
  test('A day runs again, a running one is joined, and a day without logs is refused', async () => {
    const world = new World('marker');
    await expect(world.byHand()).rejects.toThrow(`no log of day ${dayInWords(DAY)}`);
    await world.put('a');
    expect(await world.byHand()).toMatchObject({ kind: 'run' });
    expect(await world.byHand()).toMatchObject({ kind: 'joined' });
    await world.run();
    expect(await world.byHand()).toMatchObject({ kind: 'run', name: expect.stringMatching(/-2$/) });
  });
});

test('A waiting execution that was stopped is followed by the next one', async () => {
  const world = new World('quiet');
  await world.put('a');
  await world.event('a');
  world.executions.get(`arrival-${DAY}-1`)!.status = 'ABORTED';
  expect(await world.event('a')).toMatchObject({ kind: 'waiting', name: `arrival-${DAY}-2` });
  await world.run();
  expect(runs(world)).toEqual([await runOf(world)]);
});

test('A file that arrives while a wait ends is not lost', async () => {
  let beforeNextWrite: (() => Promise<unknown>) | undefined;
  const world = new World('quiet', (store) => ({
    ...forwarding(store),
    put: async (key, body, condition) => {
      const act = beforeNextWrite;
      beforeNextWrite = undefined;
      await act?.();
      return store.put(key, body, condition);
    },
  }));
  await world.put('a');
  await world.event('a');
  world.at(QUIET_MINUTES - 1, async () => {
    // The next write is the decision of this wait.
    beforeNextWrite = async () => {
      await world.put('last');
      expect(await world.event('last')).toEqual({ kind: 'waiting', name: `arrival-${DAY}-1` });
    };
  });
  await world.run();
  expect(world.dailies).toHaveLength(2);
  expect(world.dailies[1]?.run).toBe(await runOf(world));
});

/** Events as EventBridge delivers them: 1 to 5 times, each up to a day late, the first one within a minute. */
const deliveries = fc.array(fc.integer({ min: 0, max: 1440 }), { maxLength: 4 }).map((late) => [0.5, ...late]);
const burst = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 8 }), deliveries }), { minLength: 1, maxLength: 6 });

describe('events delivered 1 to 5 times in any order, with late files', () => {
  test.each(['marker', 'quiet'] as const)('Exactly one run starts each time the day has settled (%s)', async (rule) => {
    await fc.assert(
      fc.asyncProperty(fc.array(burst, { minLength: 1, maxLength: 4 }), async (bursts) => {
        const world = new World(rule);
        const wanted: string[] = [];
        let minute = 0;
        for (const [at, files] of bursts.entries()) {
          for (const [file, { gap, deliveries }] of files.entries()) {
            minute += gap;
            world.at(minute, () => world.put(`${at}-${file}`));
            for (const delay of deliveries) world.at(minute + delay, () => world.deliver(`${at}-${file}`));
          }
          if (at === 0) world.at(minute + 0.1, world.mark);
          world.at(minute + 0.2, async () => wanted.push(await runOf(world)));
          if (at === 0)
            for (const delay of [0, 0.5, 90, 1440]) world.at(minute + 0.2 + delay, () => world.deliver('_SUCCESS'));
          // This is longer than the time to settle, which is two looks and the day itself.
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
  });

  test('Whatever happens at the same moment, the last run has the last logs, and no run happens twice', async () => {
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
        // The waiting execution looks at the very moment at which a file arrives.
        world.at(QUIET_MINUTES, () => comes('last'));
        await scheduler.waitFor(Promise.all([world.run(), world.run()]));
        await scheduler.waitFor(world.run());
        expect(runs(world).at(-1)).toBe(await runOf(world));
        expect(new Set(runs(world)).size).toBe(world.dailies.length);
        // Exactly one of the decisions at minute 0 was the first, and all others have waited.
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

/** Returns a store whose answers arrive when the scheduler says. */
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
