import { describe, expect, test } from 'vitest';
import { dayReport, daysReport } from '../../../cli/commands/status.ts';
import { backfill, wholeDay } from '../../../cli/remote/backfill.ts';
import { clientLogs } from '../../../cli/remote/logs.ts';
import type { ExecutionReport, ListFilter, Remote } from '../../../cli/remote/remote.ts';
import { startDay, startJob } from '../../../cli/remote/start.ts';
import { dayStatus } from '../../../cli/remote/status.ts';
import { attemptFolder, recordKey } from '../../../functions/day-arrival/day-records.ts';
import { writeOutcome } from '../../../functions/day-arrival/outcomes.ts';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import { text } from '../../../shared/config/settings.ts';
import { NoInputError } from '../../../shared/errors.ts';
import type { JobOutcome } from '../../../shared/job/day-outcome.ts';
import type { ExecutionStatus } from '../../../shared/job/executions.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import type { FailureInside } from '../../../shared/job/step-functions.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { reportKey } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

const MF = 'matrix-factorization';
const RUN = '0123456789abcdef';

const report = (
  name: string,
  input: Record<string, JsonValue>,
  more: Partial<ExecutionReport> = {},
): ExecutionReport => ({
  arn: `arn:${name}`,
  name,
  status: 'RUNNING',
  started: '2011-12-10T00:00:00.000Z',
  stopped: null,
  input,
  output: null,
  error: null,
  cause: null,
  ...more,
});

/** A deployment that knows these executions by name. */
class FakeRemote implements Remote {
  readonly environment = 'dev';
  readonly statuses = new Map<string, ExecutionStatus>();
  readonly started: { machine: string; name: string; input: JsonValue }[] = [];
  readonly reports = new Map<string, ExecutionReport[]>();
  answer: (called: string, payload: JsonValue) => JsonValue = () => null;
  readonly executions = {
    start: async (machine: string, name: string, input: JsonValue) => {
      this.started.push({ machine, name, input });
      return !this.statuses.has(name);
    },
    status: async (_machine: string, name: string) => this.statuses.get(name),
  };
  machine = async (component: string) => `arn:${component}`;
  deployed = async (jobs: readonly AnyJob[]) => jobs;
  invoke = async (component: string, handler: string, payload: JsonValue) =>
    this.answer(`${component}-${handler}`, payload);
  outputRoot = async () => 's3://models/out';
  describe = async (machine: string, name: string) => this.reports.get(machine)?.find((one) => one.name === name);
  list = async (machine: string, { running, named = '' }: ListFilter) =>
    (this.reports.get(machine) ?? []).filter(
      ({ name, status }) => (!running || status === 'RUNNING') && name.startsWith(named),
    );
  progress = async () => ({ state: 'solve', shards: { done: 2, failed: 0, total: 7 } });
  failureInside: FailureInside = async () => undefined;
  history = async (arn: string) => [
    { time: '2011-12-10T00:00:00.000Z', event: 'state', detail: `Configure of ${arn}` },
  ];
}

describe('start of a job', () => {
  const request = { client: 'a', settings: { startDay: 15317, rank: '8' }, requestedAt: '2011-12-10T00:00:00.000Z' };
  const configured = (done: boolean) => (called: string, payload: JsonValue) => {
    expect(called).toBe(`${MF}-configure`);
    expect(payload).toEqual({ input: request, requestedAt: request.requestedAt });
    return { id: RUN, day: 15317, done, activation: null, notActivated: null };
  };

  test('The execution is named by run and attempt and gets the input of configure', async () => {
    const remote = new FakeRemote();
    remote.answer = configured(false);
    remote.statuses.set(`${MF}-15317-${RUN}-1`, 'FAILED');
    const outcome = await startJob(remote, matrixFactorization, request);
    expect(outcome).toEqual({ kind: 'run', name: `${MF}-15317-${RUN}-2` });
    expect(remote.started).toEqual([{ machine: `arn:${MF}`, name: `${MF}-15317-${RUN}-2`, input: request }]);
  });

  test('A running execution is joined', async () => {
    const remote = new FakeRemote();
    remote.answer = configured(false);
    remote.statuses.set(`${MF}-15317-${RUN}-1`, 'RUNNING');
    expect(await startJob(remote, matrixFactorization, request)).toEqual({
      kind: 'joined',
      name: `${MF}-15317-${RUN}-1`,
    });
    expect(remote.started).toEqual([]);
  });

  test('A run that is published and active starts nothing', async () => {
    const remote = new FakeRemote();
    remote.answer = configured(true);
    expect(await startJob(remote, matrixFactorization, request)).toMatchObject({ kind: 'nothing' });
    expect(remote.started).toEqual([]);
  });

  test("A secret is kept out of the execution's history and of the message", async () => {
    const settings = matrixFactorization.settings.extend({ dbPassword: text({ secret: true, meaning: 'a password' }) });
    const job: AnyJob = { ...matrixFactorization, settings };
    const asked = startJob(new FakeRemote(), job, { ...request, settings: { dbPassword: 'canary' } });
    await expect(asked).rejects.toThrow(/^--set dbPassword: (?!.*canary)/);
  });
});

test('A day is started by a function of the deployment', async () => {
  const remote = new FakeRemote();
  remote.answer = (called, payload) => ({ kind: 'run', name: `${called} ${JSON.stringify(payload)}` });
  expect(await startDay(remote, 15317)).toEqual({ kind: 'run', name: 'arrival-start {"day":15317}' });
});

describe('backfill', () => {
  /** Runs days that each end at the third look. */
  function backfilled(outcomes: Record<number, ExecutionStatus | Error>, concurrency: number) {
    const remote = new FakeRemote();
    const looks = new Map<string, number>();
    let running = 0;
    let most = 0;
    remote.answer = (_called, payload) => {
      const { day } = payload as { day: number };
      const outcome = outcomes[day];
      if (outcome instanceof Error) throw outcome;
      most = Math.max(most, ++running);
      return { kind: 'run', name: `daily-${day}` };
    };
    remote.executions.status = async (_machine, name) => {
      const seen = (looks.get(name) ?? 0) + 1;
      looks.set(name, seen);
      if (seen < 3) return seen === 1 ? undefined : 'RUNNING';
      running--;
      return outcomes[Number(name.slice('daily-'.length))] as ExecutionStatus;
    };
    remote.reports.set('arn:daily', [report('daily-11', {}, { cause: 'client a: rank is 0' })]);
    const days = wholeDay(remote, () => new Promise(setImmediate)).then((runOne) =>
      backfill(runOne, { from: 10, to: 14, concurrency }),
    );
    return days.then((done) => ({ days: done, most }));
  }

  test('Every day runs with limited concurrency, even after one that failed', async () => {
    const outcomes = {
      10: 'SUCCEEDED',
      11: 'FAILED',
      12: 'SUCCEEDED',
      13: new NoInputError('closed'),
      14: 'SUCCEEDED',
    } as const;
    const { days, most } = await backfilled(outcomes, 2);
    expect(days.map(({ day, status }) => [day, status])).toEqual([
      ...[
        [10, 'SUCCEEDED'],
        [11, 'FAILED'],
        [12, 'SUCCEEDED'],
        [13, 'NO LOGS'],
        [14, 'SUCCEEDED'],
      ],
    ]);
    expect(days[1]?.detail).toBe('client a: rank is 0');
    expect(most).toBe(2);
  });

  test('An error that would meet every day ends the backfill', async () => {
    await expect(backfilled({ 10: new Error('access denied') }, 1)).rejects.toThrow('access denied');
  });
});

describe('status of a deployment', () => {
  async function status() {
    const remote = new FakeRemote();
    const output = new MemoryStore('s3://models/out');
    const execution = { day: 15317, run: RUN, attempt: 2 };
    const put = (key: string, value: JsonValue) => output.put(key, JSON.stringify(value));
    await put(recordKey(15317), { run: RUN, attempt: 2, requestedAt: '2011-12-10T00:00:00.000Z', wait: 1 });
    const folder = attemptFolder(execution);
    await put(`${folder}clients.json`, ['a', 'b', 'c', 'd']);
    const ended = (client: string, jobs: Record<string, JobOutcome>) =>
      writeOutcome(output, execution, { client, jobs });
    await ended('a', { [MF]: { outcome: 'done', run: 'f'.repeat(16) } });
    await ended('d', { [MF]: { outcome: 'off' } });
    const error = { name: 'LimitError', message: `${MF}, client b, step solve, shard 3: too large` };
    await ended('b', { [MF]: { outcome: 'failed', error } });
    await put(reportKey('a', 15317), 'a page');
    await put(reportKey('b', 15317), 'a page');
    remote.reports.set('arn:daily', [report(`daily-15317-${RUN}-2`, { day: 15317, attempt: 2 })]);
    remote.reports.set(`arn:${MF}`, [
      report('one', { client: 'c', settings: { startDay: 15317 } }),
      report('other day', { client: 'c', settings: { startDay: 15316 } }),
    ]);
    return { remote, status: await dayStatus(remote, 15317, [matrixFactorization], output) };
  }

  test('The status of a day shows clients, jobs, steps and shards, with failures first', async () => {
    const { status: day } = await status();
    expect(day).toMatchObject({ status: 'RUNNING', attempt: 2, clients: { total: 4, done: 2, failed: 1 } });
    expect(day.jobs.map(({ client, status }) => [client, status])).toEqual([
      ...[
        ['b', 'failed'],
        ['c', 'running'],
        ['a', 'done'],
      ],
    ]);
    const lines = dayReport(day).split('\n');
    expect(lines[0]).toBe(`day 2011-12-09 (15317): RUNNING (run ${RUN}, attempt 2)`);
    expect(lines).toContainEqual(expect.stringMatching(/^b .*failed .*LimitError: .*step solve, shard 3/));
    expect(lines).toContainEqual(expect.stringMatching(/^c .*running +solve +2\/7$/));
    expect(lines).toContain('  s3://models/out/a/report/15317/index.html');
    expect(day).toMatchObject({
      reports: [expect.anything(), 's3://models/out/b/report/15317/index.html'],
      unreported: 1,
    });
    expect(lines).toContain('1 client has no report (the log of the function daily-report says why)');
  });

  test('A job started by hand is shown by its newest execution, with the error of its shard', async () => {
    const { remote } = await status();
    const asked = { client: 'a', settings: { startDay: 15317 } };
    const ended = { started: '2011-12-10T00:00:01.000Z', stopped: '2011-12-10T00:00:02.000Z' };
    const threshold = { error: 'States.ExceedToleratedFailureThreshold', cause: 'The threshold was exceeded' };
    remote.reports.set(`arn:${MF}`, [
      report(`${MF}-15317-${RUN}-2`, asked, { status: 'FAILED', ...ended, ...threshold }),
      report(`${MF}-15317-${RUN}-1`, asked, { status: 'SUCCEEDED' }),
    ]);
    const message = `${MF}, client a, day 2011-12-09 (15317), step solve, shard 3: too large`;
    const cause = JSON.stringify({ errorType: 'LimitError', errorMessage: message, trace: [] });
    remote.failureInside = async () => ({ error: 'LimitError', cause });
    const day = await dayStatus(remote, 15317, [matrixFactorization], new MemoryStore());
    expect(day.jobs).toMatchObject([
      { client: 'a', status: 'failed', run: RUN, error: { name: 'LimitError', message } },
    ]);
    expect(dayReport(day)).toMatch(
      /^day 2011-12-09 \(15317\): not started as a whole; jobs started by hand:\n\nclient/,
    );
  });

  test('The shard that failed is looked for in the execution to which the shown one has handed over', async () => {
    const { remote } = await status();
    const threshold = { Error: 'States.ExceedToleratedFailureThreshold', Cause: 'The threshold was exceeded' };
    const other = JSON.stringify({ ExecutionArn: 'arn:other', Status: 'FAILED', ...threshold });
    const name = `${MF}-15317-${RUN}-1`;
    const more = { status: 'FAILED', error: 'States.TaskFailed', cause: other } as const;
    remote.reports.set(`arn:${MF}`, [report(name, { client: 'a', settings: { startDay: 15317 } }, more)]);
    const errors: Record<string, { error: string; cause: string }> = {
      'arn:other': {
        error: 'LimitError',
        cause: JSON.stringify({ errorType: 'LimitError', errorMessage: 'too large' }),
      },
    };
    remote.failureInside = async (arn) => errors[arn];
    const day = await dayStatus(remote, 15317, [matrixFactorization], new MemoryStore());
    expect(day.jobs).toMatchObject([{ status: 'failed', error: { name: 'LimitError', message: 'too large' } }]);
  });

  test('Jobs that are not deployed are left out, because the registry may be newer', async () => {
    const { remote } = await status();
    remote.deployed = async () => [];
    const day = await dayStatus(remote, 15317, [matrixFactorization], new MemoryStore());
    expect(day.jobs).toEqual([]);
  });

  test('A day without executions is reported as not started', async () => {
    const { remote } = await status();
    const day = await dayStatus(remote, 1, [matrixFactorization], new MemoryStore());
    expect(dayReport(day)).toContain('day 1970-01-02 (1): not started');
  });

  test('The status of the last days has one line for each', () => {
    const days = [
      report('x', { day: 15317, attempt: 1 }, { status: 'FAILED', cause: 'day 15317: 1 of 2 clients failed\nmore' }),
    ];
    expect(daysReport(days)).toMatch(
      /2011-12-09 \(15317\) +1 +FAILED +2011-12-10 00:00 +day 15317: 1 of 2 clients failed\n$/,
    );
    expect(daysReport([])).toBe('no day has been run yet\n');
  });
});

test("The logs are those of the client's executions, with the places of their plans", async () => {
  const remote = new FakeRemote();
  const output = { run: { ref: { id: RUN } } };
  remote.reports.set(`arn:${MF}`, [
    report('nested', { client: 'a', settings: { startDay: 15317 } }, { status: 'SUCCEEDED', output }),
    report('nested', { client: 'ab', settings: { startDay: 15317 } }),
    report(`${MF}-15316-fedcba9876543210-1`, { client: 'a', settings: { startDay: '15316' } }),
    report(`${MF}-15315-${RUN}-1`, {
      client: 'a',
      settings: { startDay: 15315, outputPath: 's3://o/.work/evaluate/a' },
    }),
  ]);
  const logs = await clientLogs(remote, [matrixFactorization], 'a', undefined);
  expect(logs.map(({ plan }) => plan)).toEqual([
    `.work/${MF}/a/${RUN}/`,
    `.work/${MF}/a/fedcba9876543210/`,
    `s3://o/.work/evaluate/a/.work/${MF}/a/${RUN}/`,
  ]);
  expect(await clientLogs(remote, [matrixFactorization], 'a', 15316)).toHaveLength(1);
});
