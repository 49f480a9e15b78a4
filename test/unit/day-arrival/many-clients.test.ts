/** A day of many small clients: the daily machine is interpreted, in virtual time, with an account's slots for functions. */
import { describe, expect, test } from 'vitest';
import * as daily from '../../../functions/day-arrival/daily.ts';
import type { DayJobs } from '../../../functions/day-arrival/day-jobs.ts';
import { JOBS } from '../../../functions/index.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import { defaultSettings } from '../../../shared/config/settings-readings.ts';
import { modelOf } from '../../../shared/cost/estimate.ts';
import { predict } from '../../../shared/cost/predict.ts';
import { uniform } from '../../../shared/example/actions.ts';
import { compileDailyMachine } from '../../../shared/job/daily-machine.ts';
import { readsKey } from '../../../shared/job/day-tasks.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { MachineWalker, StateError } from '../../helpers/machine-walker.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

const DAY = { day: 15_317, run: '0123456789abcdef', attempt: 1, requestedAt: '2011-12-10T00:00:00.000Z' };
const CLIENT_JOBS = JOBS.filter(({ scope }) => scope === 'client');
const SMALL = 10_000;

interface Options {
  /** Client → the number of its actions. */
  readonly clients: Readonly<Record<string, number>>;
  readonly limits: { readonly maxFolded: number; readonly maxClients: number };
  /** The functions that the account runs at once, and those of other systems in it at a time in seconds. */
  readonly slots?: { readonly most: number; readonly others: (seconds: number) => number };
  /** Returns how Fold ends for a client. */
  readonly fold?: (client: string) => 'done' | 'fanOut' | 'killed';
  /** The client whose execution ends with an error that no Catch sees. */
  readonly ends?: string;
}

/** Runs a day with stubs of the functions that compute. Those that list, record and sum up are the real ones. */
async function runDay({ clients, limits, slots, fold = () => 'done', ends }: Options) {
  const output = new MemoryStore('s3://models/out');
  const environment: daily.DailyEnvironment = {
    openStore: async () => output,
    openConfigRoot: async () => new FolderConfigRoot(new MemoryStore('s3://config')),
    log: () => undefined,
    build: 'test',
    name: 'prod',
    outputRoot: 's3://models/out',
    configRoot: 's3://config',
    failureInside: async () => undefined,
  };
  const counts = Object.fromEntries(Object.entries(clients).map(([name, written]) => [name, { written }]));
  await output.put(
    `_rejected/${DAY.day}/_SUCCESS`,
    JSON.stringify({ run: 'grouping', files: [], counts: { clients: counts } }),
  );

  const clock = new VirtualClock();
  const random = uniform(7);
  const usage = { now: 0, peak: 0, throttled: 0 };
  /** Holds a slot of the account while a function runs. */
  const inSlot = async <T>(seconds: number, body: () => Promise<T> | T): Promise<T> => {
    const free = slots === undefined ? Number.POSITIVE_INFINITY : slots.most - slots.others(clock.now / 1000);
    if (usage.now >= free) {
      usage.throttled++;
      throw new StateError('Lambda.TooManyRequestsException', 'Rate Exceeded.');
    }
    usage.peak = Math.max(usage.peak, ++usage.now);
    try {
      await clock.sleep(seconds * (0.5 + random()) * 1000);
      return await body();
    } finally {
      usage.now--;
    }
  };

  type Event = typeof DAY & { readonly client: string; readonly jobs: DayJobs };
  const over: DayJobs = Object.fromEntries(
    CLIENT_JOBS.map(({ name }) => [name, { next: 'record', outcome: { outcome: 'done', run: 'r' } }]),
  );
  const functions: Readonly<Record<string, (event: Event) => Promise<unknown>>> = {
    clients: (event) => inSlot(5, () => daily.clients(event, environment)),
    rest: (event) => inSlot(5, () => daily.rest(event, environment)),
    summary: (event) => inSlot(20, () => daily.summary(event, environment)),
    record: (event) => inSlot(0.2, () => daily.record(event, environment)),
    configure: () => inSlot(2, () => over),
    fold: ({ client, jobs }) =>
      inSlot(12, () => {
        if (fold(client) === 'killed') throw new StateError('Runtime.ExitError', 'signal: killed');
        if (fold(client) === 'done') return jobs;
        return Object.assign({}, jobs, { word2vec: { next: 'fanOut', why: '20 s are left before learn' } });
      }),
    activate: ({ jobs }) => inSlot(1, () => jobs),
    // No day fails by its report.
    report: ({ client }) =>
      inSlot(2, () => {
        if (client.endsWith('7')) throw new StateError('Runtime.ExitError', 'signal: killed');
        return {};
      }),
    enabled: ({ client }) =>
      inSlot(0.2, () => {
        // No Catch sees this error.
        if (client === ends) throw new StateError('States.DataLimitExceeded', 'the input is too long');
        return Object.fromEntries(
          CLIENT_JOBS.flatMap((job) => [
            [job.name, true],
            [readsKey(job), Object.fromEntries(job.inputs.folders.map((folder) => [folder, true]))],
          ]),
        );
      }),
  };
  const walker = new MachineWalker({
    clock,
    random,
    readList: async (_bucket, key) =>
      JSON.parse(new TextDecoder().decode((await output.get(key.slice('out/'.length))).bytes)),
    call: async (name, payload) => {
      if (!name.startsWith('machine:')) return (await functions[name]!(payload as Event)) as JsonValue;
      await clock.sleep(60_000);
      return { run: { ref: { id: 'r' } } };
    },
  });
  const walked = clock.run(walker.run(compileDailyMachine(JOBS, limits), DAY));
  if (ends === undefined) await walked;
  else await expect(walked).rejects.toMatchObject({ error: 'DayFailed' });
  const summary = JSON.parse(
    new TextDecoder().decode((await output.get(`.work/daily/_all/${DAY.run}/1/summary.json`)).bytes),
  );
  return { walker, usage, summary, hours: clock.now / 3_600_000, output };
}

describe('a day of 10,000 small clients in an account with 1,000 slots', () => {
  const names = Array.from({ length: 10_000 }, (_, at) => `shop-${at}`);
  const big = ['large-0', 'large-1'];

  test('ends with none failed, while functions are throttled, clients are handed over and processes are killed', async () => {
    const at = (client: string): number => Number(client.split('-')[1]);
    const { walker, usage, summary, hours } = await runDay({
      clients: Object.fromEntries([...names.map((name) => [name, SMALL]), ...big.map((name) => [name, 1e9])]),
      limits: { maxFolded: 400, maxClients: 10 },
      // Another system leaves 100 slots in the first twenty minutes.
      slots: { most: 1_000, others: (seconds) => (seconds < 1_200 ? 900 : 300) },
      fold: (client) => (at(client) % 1000 === 7 ? 'killed' : at(client) % 500 === 3 ? 'fanOut' : 'done'),
    });
    expect(summary).toMatchObject({ clients: 10_002, failed: 0, missing: [], failures: [] });
    expect(walker.entered.get('Configure')).toBe(10_000);
    // Ten processes were killed. Twenty clients were handed over, which ends without a record.
    expect(walker.entered.get('Not folded')).toBe(10);
    expect(walker.entered.get('Enabled')).toBe(10 + 20 + big.length);
    expect(usage.throttled).toBeGreaterThan(1_000);
    expect(walker.retried.get('Lambda.TooManyRequestsException')).toBe(usage.throttled);
    expect(usage.peak).toBeLessThanOrEqual(400 + 10);
    expect(hours).toBeLessThan(2);
  }, 60_000);
});

describe('a day of large clients', () => {
  test('ends with a record of every other client when one client’s execution is ended uncaught', async () => {
    const clients = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, 1e9]));
    const { summary } = await runDay({ clients, limits: { maxFolded: 1, maxClients: 1 }, ends: 'b' });
    expect(summary).toMatchObject({ clients: 4, failed: 1, missing: ['b'] });
  });
});

describe('a day of one small client', () => {
  test('takes at most a tenth of the transitions of a day that is fanned out', async () => {
    const limits = { maxFolded: 4, maxClients: 4 };
    const folded = await runDay({ clients: { shop: SMALL }, limits });
    const fannedOut = await runDay({ clients: { shop: 1e9 }, limits });
    expect([folded.walker.entered.get('Fold'), fannedOut.walker.entered.get('Fold')]).toEqual([1, undefined]);
    // The transitions of the machines of the jobs that were measured, by the model of their cost.
    const inside = CLIENT_JOBS.reduce((sum, job) => {
      const model = modelOf(job.name);
      const input = { objects: 1, bytes: SMALL * 170 };
      return model === undefined ? sum : sum + predict(job, model, defaultSettings(job.settings), input).transitions;
    }, 0);
    const today = fannedOut.walker.transitions + inside;
    process.stdout.write(`transitions of a small client’s day: ${folded.walker.transitions}, fanned out ${today}\n`);
    expect(folded.walker.transitions).toBeLessThanOrEqual(today / 10);
  });
});
