import { expect, test } from 'vitest';
import { dayOfJobs } from '../../../cli/remote/backfill-jobs.ts';
import type { Remote } from '../../../cli/remote/remote.ts';
import { JOBS, jobNamed } from '../../../functions/index.ts';
import { readsKey } from '../../../shared/job/day-tasks.ts';
import type { ExecutionStatus } from '../../../shared/job/executions.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

const DAY = 15_317;
const [MF, SESSIONS, WORD2VEC] = ['matrix-factorization', 'sessionitems', 'word2vec'] as const;

interface Started {
  readonly job: string;
  readonly client: string;
  readonly settings: Readonly<Record<string, JsonValue>>;
}

/** A deployment in which `shop` and `films` have three jobs, and the execution of a job ends as `statuses` says. */
async function deployment(statuses: Readonly<Record<string, ExecutionStatus>> = {}) {
  const output = new MemoryStore('s3://models/out');
  const clients = { shop: { written: 3 }, films: { written: 2 }, idle: { written: 0 } };
  const manifest = { run: 'f'.repeat(16), job: 'group-actions', version: 6, client: null, day: DAY, files: [] };
  await output.put(`_rejected/${DAY}/_SUCCESS`, JSON.stringify({ ...manifest, settings: {}, counts: { clients } }));
  const started: Started[] = [];
  const names = new Set<string>();
  const jobOf = (machine: string): string => machine.slice('arn:'.length);
  const remote: Remote = {
    environment: 'dev',
    deployed: async (jobs) => jobs,
    outputRoot: async () => output.root,
    list: async () => [],
    progress: async () => ({ state: '', shards: null }),
    history: async () => [],
    machine: async (component) => `arn:${component}`,
    invoke: async (_component, handler, payload) => {
      if (handler === 'enabled') {
        return {
          [MF]: true,
          [SESSIONS]: true,
          [WORD2VEC]: true,
          [readsKey(jobNamed(WORD2VEC))]: { sessionitems: true },
        };
      }
      expect([handler, (payload as { input: Pick<Started, 'settings'> }).input.settings.startDay]).toEqual([
        'configure',
        DAY,
      ]);
      const { client } = (payload as { input: Pick<Started, 'client'> }).input;
      return {
        id: `${client === 'shop' ? '0' : '1'}123456789abcdef`,
        day: DAY,
        done: false,
        activation: null,
        notActivated: null,
      };
    },
    executions: {
      start: async (machine, name, input) => {
        started.push({ job: jobOf(machine), ...(input as Omit<Started, 'job'>) });
        names.add(name);
        return true;
      },
      status: async (machine, name) => (names.has(name) ? (statuses[jobOf(machine)] ?? 'SUCCEEDED') : undefined),
    },
    describe: async (machine, name) => ({
      arn: `${machine}:${name}`,
      name,
      status: 'FAILED',
      started: '',
      stopped: null,
      input: {},
      output: null,
      error: 'LimitError',
      cause: JSON.stringify({ errorType: 'LimitError', errorMessage: 'too large' }),
    }),
    failureInside: async () => undefined,
  };
  return { remote, output, started };
}

const request = {
  clients: undefined,
  jobs: JOBS.filter(({ scope }) => scope === 'client'),
  settings: {},
  pause: () => new Promise(setImmediate),
};
const ranIn = (started: readonly Started[]) => started.map(({ client, job }) => `${client} ${job}`).sort();

test('The enabled jobs of every client of the day run, and settings reach the jobs that know them', async () => {
  const { remote, output, started } = await deployment();
  const run = dayOfJobs(remote, { ...request, output, settings: { rank: '8', days: '30' } });
  expect(await run(DAY)).toEqual({ day: DAY, status: 'SUCCEEDED', execution: null, detail: '' });
  expect(ranIn(started)).toEqual(
    ['films', 'shop'].flatMap((client) => [MF, SESSIONS, WORD2VEC].map((job) => `${client} ${job}`)),
  );
  const settingsOf = (job: string) => started.find((one) => one.job === job)?.settings;
  expect(settingsOf(MF)).toEqual({ startDay: DAY, rank: '8', days: '30' });
  expect(settingsOf(SESSIONS)).toEqual({ startDay: DAY, days: '30' });
  // It reads what sessionitems wrote on the day, which holds all the days.
  expect(settingsOf(WORD2VEC)).toEqual({ startDay: DAY, days: 1 });
});

test('Only the clients and jobs that were asked for run', async () => {
  const { remote, output, started } = await deployment();
  const run = dayOfJobs(remote, { ...request, output, clients: ['shop', 'idle'], jobs: [jobNamed(MF)] });
  expect(await run(DAY)).toMatchObject({ status: 'SUCCEEDED' });
  expect(ranIn(started)).toEqual([`shop ${MF}`]);
});

test('A job that fails makes the day fail, names its reason, and the jobs that read its output are skipped', async () => {
  const { remote, output, started } = await deployment({ [SESSIONS]: 'FAILED' });
  const { status, detail } = await dayOfJobs(remote, { ...request, output, clients: ['shop'] })(DAY);
  expect(status).toBe('FAILED');
  expect(detail.split('\n')).toEqual([
    `shop, ${SESSIONS}: failed: LimitError: too large`,
    expect.stringMatching(`^shop, ${WORD2VEC}: skipped: `),
  ]);
  expect(ranIn(started)).toEqual([`shop ${MF}`, `shop ${SESSIONS}`]);
});

test('A day that has not been grouped runs nothing, and says how it is run', async () => {
  const { remote, output, started } = await deployment();
  const day = await dayOfJobs(remote, { ...request, output })(DAY + 1);
  expect(day).toMatchObject({ status: 'NO LOGS', detail: expect.stringContaining('to run the whole day') });
  expect(started).toEqual([]);
});
