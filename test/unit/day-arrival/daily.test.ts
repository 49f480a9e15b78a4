import { describe, expect, test } from 'vitest';
import { mostFoldedActions } from '../../../functions/day-arrival/core-client-lists.ts';
import * as daily from '../../../functions/day-arrival/daily.ts';
import type { DayJob } from '../../../functions/day-arrival/day-jobs.ts';
import { attemptFolder, recordKey } from '../../../functions/day-arrival/day-records.ts';
import { LONGEST_MESSAGE } from '../../../functions/day-arrival/failure-words.ts';
import { JOBS, jobNamed } from '../../../functions/index.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import type { JobOutcome } from '../../../shared/job/day-outcome.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import { STATE_LIMIT } from '../../../shared/job/state-limit.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

const DAY = { day: 15317, run: '0123456789abcdef', attempt: 1 };
const MF = 'matrix-factorization';

function setUp() {
  const output = new MemoryStore('s3://models/out');
  const config = new MemoryStore('s3://config');
  const environment: daily.DailyEnvironment = {
    openStore: async () => output,
    openConfigRoot: async () => new FolderConfigRoot(config),
    log: () => undefined,
    build: 'test',
    name: 'dev',
    outputRoot: 's3://models/out',
    configRoot: 's3://config',
    failureInside: async () => undefined,
  };
  const json = async (key: string) => JSON.parse(new TextDecoder().decode((await output.get(key)).bytes));
  const grouped = (clients: Record<string, number>) => {
    const counts = {
      clients: Object.fromEntries(Object.entries(clients).map(([name, written]) => [name, { written }])),
    };
    return output.put('_rejected/15317/_SUCCESS', JSON.stringify({ run: 'grouping', files: [], counts }));
  };
  return { output, config, environment, json, grouped };
}

const failed = (message: string): JobOutcome => ({ outcome: 'failed', error: { name: 'ConfigError', message } });

describe('clients of a day', () => {
  /** Returns the place of a list. The key is that in the bucket, because the store's root has the prefix `out`. */
  const listAt = (name: string, count: number) => ({
    bucket: 'models',
    key: `out/${attemptFolder(DAY)}${name}.json`,
    count,
  });

  test('The clients are those with an action that day, in two lists that the Maps can read', async () => {
    const { environment, json, grouped } = setUp();
    await grouped({ a: 3, nobody: 0, 'b c': 1, large: 1e9 });
    expect(await daily.clients(DAY, environment)).toEqual({
      folded: listAt('folded', 2),
      fannedOut: listAt('fanned-out', 1),
    });
    expect(await json(`${attemptFolder(DAY)}folded.json`)).toEqual(['a', 'b c']);
    expect(await json(`${attemptFolder(DAY)}fanned-out.json`)).toEqual(['large']);
    expect(await json(`${attemptFolder(DAY)}all-clients.json`)).toEqual(['a', 'b c', 'large']);
  });

  test('The rest are the clients whose day was to be folded and has no record', async () => {
    const { environment, json, grouped } = setUp();
    await grouped({ done: 1, failed: 1, open: 1, lost: 1, large: 1e9 });
    await daily.clients(DAY, environment);
    const end = (client: string, ...jobs: DayJob[]) =>
      daily.record(
        { ...DAY, client, folded: Object.fromEntries(jobs.map((job, at) => [`job${at}`, job])) },
        environment,
      );
    const done: DayJob = { next: 'record', outcome: { outcome: 'done', run: 'r' } };
    await end('done', done, done);
    await end('failed', done, { next: 'record', outcome: failed('x') });
    await end('open', done, { next: 'fanOut', why: 'out of time' });
    expect(await daily.rest(DAY, environment)).toEqual({ folded: listAt('folded', 0), fannedOut: listAt('rest', 2) });
    expect(await json(`${attemptFolder(DAY)}rest.json`)).toEqual(['open', 'lost']);
    // Whoever has no record in the end is missing, on whatever list the client was.
    expect(await daily.summary(DAY, environment)).toMatchObject({ whole: false, clients: 5, failed: 4 });
  });

  test('A client is expected to fold up to a size that is plausible, and no client without room for its jobs', () => {
    const most = mostFoldedActions(JOBS);
    process.stdout.write(`a client’s day is expected to fold up to ${most} actions\n`);
    expect(most).toBeGreaterThan(100_000);
    expect(most).toBeLessThan(100_000_000);
    const many = Array.from({ length: 200 }, () => JOBS).flat();
    expect(mostFoldedActions(many)).toBeLessThan(most);
  });

  test('The clients are unknown before the day is grouped', async () => {
    await expect(daily.clients(DAY, setUp().environment)).rejects.toThrow(
      'day 2011-12-09 (15317) has not been grouped',
    );
  });
});

describe('jobs of a client', () => {
  const RULES = 'fpgrowth';
  const none = {
    ...Object.fromEntries(JOBS.filter(({ scope }) => scope === 'client').map(({ name }) => [name, false])),
    [`${RULES} reads`]: { basketanalysis: false, sessionitems: false },
  };

  test('A client has the jobs for which it has a node, and those that accompany one of them', async () => {
    const { environment, config } = setUp();
    await config.put(`all_clients/a/offline/${MF}`, '{}');
    await config.put('all_clients/b/offline/something-else', '{}');
    await config.put('all_clients/c/offline/tagaffinity', '{}');
    expect(await daily.enabled('a', environment)).toEqual({ ...none, [MF]: true, evaluate: true });
    expect(await daily.enabled('b', environment)).toEqual(none);
    expect(await daily.enabled('c', environment)).toEqual({ ...none, tagaffinity: true });
    expect(await daily.enabled('nobody', environment)).toEqual(none);
  });

  test.each([
    ['the default', '{}', { basketanalysis: true, sessionitems: false }],
    ['another folder', '{"inputSubFolder": "sessionitems"}', { basketanalysis: false, sessionitems: true }],
    ['a folder that no job writes', '{"inputSubFolder": "wishes"}', { basketanalysis: false, sessionitems: false }],
    ['a wrong configuration, which the job itself refuses', '{"minSupport": 2}', none[`${RULES} reads`]],
  ])('The folders that rules are read from come with the answer: %s', async (_what, configuration, reads) => {
    const { environment, config } = setUp();
    await config.put(`all_clients/a/offline/${RULES}`, configuration);
    const enabled = { ...none, [RULES]: true, evaluate: true };
    expect(await daily.enabled('a', environment)).toEqual({ ...enabled, [`${RULES} reads`]: reads });
  });
});

describe('reasons of failures', () => {
  /** The description of a nested execution, as Step Functions hands it to the Catch. */
  const nested = (error: string, cause: string, arn = 'arn:child', input: JsonValue = {}) => ({
    Error: 'States.TaskFailed',
    Cause: JSON.stringify({
      ExecutionArn: arn,
      Status: 'FAILED',
      Error: error,
      Cause: cause,
      Input: JSON.stringify(input),
    }),
  });
  const thrown = (errorType: string, errorMessage: string) =>
    JSON.stringify({ errorType, errorMessage, trace: ['at x'] });

  test("The reason is the function's error, which names its place", async () => {
    const message = `${MF}, client a, step configure: rank is 0; allowed: 1 to 256`;
    const error = nested('ConfigError', thrown('ConfigError', message));
    expect(await daily.explain({ day: 15317, job: MF, client: 'a', error }, setUp().environment)).toEqual({
      name: 'ConfigError',
      message,
    });
  });

  test('The reason of a failed Map is the error of its shard', async () => {
    const { environment } = setUp();
    const message = `${MF}, client a, day 2011-12-09 (15317), step solve, shard 3: out of memory`;
    const inside = { error: 'LimitError', cause: thrown('LimitError', message) };
    const asked: string[] = [];
    const failureInside = async (arn: string) => {
      asked.push(arn);
      return inside;
    };
    const error = nested(
      'States.ExceedToleratedFailureThreshold',
      'The specified tolerated failure threshold was exceeded',
    );
    const reason = await daily.explain({ day: 15317, job: MF, client: 'a', error }, { ...environment, failureInside });
    expect(reason).toEqual({ name: 'LimitError', message });
    expect(asked).toEqual(['arn:child']);
  });

  test('The reason of a run that has handed over is the error of the other execution', async () => {
    const { environment } = setUp();
    const asked: string[] = [];
    const failureInside = async (arn: string) => {
      asked.push(arn);
      return undefined;
    };
    const message = `${MF}, client a, day 2011-12-09 (15317), step sweep: damaged`;
    // A RunRef with long names, and the trace of an error.
    const names = Array.from({ length: 25 }, (_, at) => `field ${at}`);
    const input = { run: { ref: Object.fromEntries(names.map((name) => [name, 'x'.repeat(80)])) } };
    const cause = JSON.stringify({ errorType: 'DamagedObjectError', errorMessage: message, trace: names });
    const other = nested('DamagedObjectError', cause, 'arn:other', input);
    const error = nested(other.Error, other.Cause, 'arn:child', input);
    // Step Functions cuts a cause at this length, and a cut cause cannot be read.
    expect(error.Cause.length).toBeLessThan(32_768 / 2);
    const reason = await daily.explain({ day: 15317, job: MF, client: 'a', error }, { ...environment, failureInside });
    expect(reason).toEqual({ name: 'DamagedObjectError', message });
    expect(asked).toEqual(['arn:other']);
  });

  test('A reason is given even when the shards cannot be read, and names the place if the cause does not', async () => {
    const failureInside = () => Promise.reject(new Error('not allowed'));
    const error = nested('States.Timeout', '');
    const reason = await daily.explain(
      { day: 15317, job: MF, client: 'a', error },
      { ...setUp().environment, failureInside },
    );
    expect(reason).toEqual({
      name: 'States.Timeout',
      message: `${MF}, client a, day 2011-12-09 (15317): its execution ended as FAILED (its shards' errors could not be read: not allowed)`,
    });
  });

  test('The reason names the place when Lambda ended the function, whatever the message begins with', async () => {
    const error = nested(
      'Sandbox.Timedout',
      thrown('Sandbox.Timedout', `${MF}, of all jobs, timed out after 3.00 seconds`),
    );
    expect(await daily.explain({ day: 15317, job: MF, client: 'a', error }, setUp().environment)).toEqual({
      name: 'Sandbox.Timedout',
      message: `${MF}, client a, day 2011-12-09 (15317): ${MF}, of all jobs, timed out after 3.00 seconds`,
    });
  });

  test('The reason is short, and is read even from a cause that was cut off', async () => {
    const error = { Error: 'X', Cause: `{"ExecutionArn": "${'é'.repeat(40_000)}` };
    const { message } = (await daily.explain({ day: 1, job: MF, error }, setUp().environment)) as { message: string };
    expect(message.length).toBe(LONGEST_MESSAGE + 1);
  });
});

describe('end of a day', () => {
  const record = (client: string, jobs: Record<string, JobOutcome>, environment: daily.DailyEnvironment) =>
    daily.record({ ...DAY, client, waves: { wave1: jobs } }, environment);

  test('A day is whole when the jobs of every client are done or off', async () => {
    const { environment, grouped } = setUp();
    await grouped({ a: 1, b: 1 });
    await daily.clients(DAY, environment);
    await record('a', { [MF]: { outcome: 'done', run: 'r' } }, environment);
    await record('b', { [MF]: { outcome: 'off' } }, environment);
    expect(await daily.summary(DAY, environment)).toMatchObject({ whole: true, clients: 2, failed: 0 });
  });

  test('The summary names client, job and cause of failed and skipped jobs, and clients without a record', async () => {
    const { environment, grouped, json } = setUp();
    await grouped({ a: 1, b: 1, c: 1, d: 1 });
    await daily.clients(DAY, environment);
    await record('a', { [MF]: { outcome: 'done', run: 'r' } }, environment);
    const skipped: JobOutcome = {
      outcome: 'skipped',
      error: { name: 'MissingObjectError', message: 'w reads what s writes' },
    };
    await record('b', { s: failed('s, client b, step read: bad line'), w: skipped }, environment);
    await daily.record({ ...DAY, client: 'c', error: { Error: 'States.Timeout', Cause: '' } }, environment);
    type Summary = { whole: boolean; failed: number; message: string };
    const { whole, failed: count, message } = (await daily.summary(DAY, environment)) as Summary;
    expect([whole, count]).toEqual([false, 3]);
    expect(message.split('\n')).toEqual([
      'day 2011-12-09 (15317): 3 of 4 clients failed, all others are done.',
      'ConfigError: s, client b, step read: bad line',
      'w, client b: skipped, w reads what s writes',
      'States.Timeout: client c, day 2011-12-09 (15317): no cause was given',
      'client d, day 2011-12-09 (15317): its execution ended without a record',
      expect.stringContaining('--start-day 15317'),
    ]);
    expect(await json(`${attemptFolder(DAY)}summary.json`)).toMatchObject({ clients: 4, failed: 3, missing: ['d'] });
  });

  test('An error of the functions of a day is recorded with the client and the day', async () => {
    const { environment, json } = setUp();
    const Cause = JSON.stringify({ errorType: 'ConfigUnavailableError', errorMessage: 'no answer', trace: [] });
    await daily.record({ ...DAY, client: 'a', error: { Error: 'ConfigUnavailableError', Cause } }, environment);
    expect(await json(`${attemptFolder(DAY)}ended/a.json`)).toMatchObject({
      error: { name: 'ConfigUnavailableError', message: 'client a, day 2011-12-09 (15317): no answer' },
    });
  });

  test('The first record of a client counts, whatever an attempt that was given up writes later', async () => {
    const { environment, grouped, json } = setUp();
    await grouped({ a: 1, b: 1 });
    await daily.clients(DAY, environment);
    await record('a', { [MF]: { outcome: 'done', run: 'r' } }, environment);
    await record('a', { [MF]: failed('late') }, environment);
    await record('b', { [MF]: failed('first') }, environment);
    await record('b', { [MF]: { outcome: 'done', run: 'r' } }, environment);
    expect(await daily.summary(DAY, environment)).toMatchObject({ whole: false, clients: 2, failed: 1 });
    expect(await json(`${attemptFolder(DAY)}summary.json`)).toMatchObject({ failures: ['ConfigError: first'] });
  });

  test('The summary of 10,000 failed clients fits into a state', async () => {
    const { environment, grouped } = setUp();
    const names = Array.from({ length: 10_000 }, (_, at) => `client-${at}`);
    await grouped(Object.fromEntries(names.map((name) => [name, 1])));
    await daily.clients(DAY, environment);
    for (const name of names.slice(0, 30))
      await record(name, { [MF]: failed('x'.repeat(LONGEST_MESSAGE)) }, environment);
    const summary: JsonValue = await daily.summary(DAY, environment);
    expect(summary).toMatchObject({ whole: false, failed: 10_000 });
    expect(JSON.stringify(summary).length).toBeLessThan(STATE_LIMIT / 4);
  });

  test('The records of all jobs of a client fit into a state when all failed with the longest message', async () => {
    const { environment } = setUp();
    // Each character has three bytes in UTF-8. Step Functions keeps 32,768 characters of a cause.
    const Cause = '€'.repeat(32_768);
    const jobs = JOBS.filter(({ scope }) => scope === 'client').map(({ name }) => name);
    const explained = await Promise.all(
      jobs.map(async (job) => {
        const error = { Error: 'E'.repeat(256), Cause };
        expect(Buffer.byteLength(JSON.stringify({ ...DAY, job, client: 'c'.repeat(255), error }))).toBeLessThan(
          STATE_LIMIT,
        );
        return [job, { outcome: 'failed', error: await daily.explain({ day: DAY.day, job, error }, environment) }];
      }),
    );
    expect(Buffer.byteLength(JSON.stringify(Object.fromEntries(explained)))).toBeLessThan(STATE_LIMIT / 4);
  });

  test('The summary counts models whose verdict warned, by the newest record of each client', async () => {
    const { environment, grouped, json } = setUp();
    await grouped({ a: 1, b: 1, c: 1 });
    await daily.clients(DAY, environment);
    const ended = (verdict: string | null): JobOutcome => ({
      outcome: 'done',
      run: 'r',
      end: { run: { ref: {} }, verdict: { ref: { verdict } } },
    });
    await record('a', { [MF]: ended('passed'), fpgrowth: ended(null) }, environment);
    await record('b', { [MF]: ended('warned') }, environment);
    await record('c', { [MF]: ended('warned'), fpgrowth: ended('warned') }, environment);
    expect(await daily.summary(DAY, environment)).toMatchObject({ whole: true, kept: 0, warned: 3 });
    expect(await json(`${attemptFolder(DAY)}summary.json`)).toMatchObject({
      warned: ['b', 'c', 'c'].map(
        (client, at) => `${at === 1 ? 'fpgrowth' : MF}, client ${client}: its verdict warned`,
      ),
    });
    expect(await json(`${attemptFolder(DAY)}ended/b.json`)).toMatchObject({
      jobs: { [MF]: { outcome: 'done', run: 'r', verdict: 'warned' } },
    });
  });

  test('A day is whole without a job that accompanies others, and the summary says that it failed', async () => {
    const { environment, grouped, json } = setUp();
    const logged: unknown[] = [];
    const said = { ...environment, log: (...line: unknown[]) => void logged.push(line) } as daily.DailyEnvironment;
    await grouped({ a: 1, b: 1 });
    await daily.clients(DAY, environment);
    const done: JobOutcome = { outcome: 'done', run: 'r' };
    await record('a', { evaluate: failed('evaluate, client a, step score: torn'), [MF]: done }, environment);
    await record('b', { evaluate: done, [MF]: done }, environment);
    expect(await daily.summary(DAY, said)).toMatchObject({
      whole: true,
      failed: 0,
      failedAside: 1,
      message: 'day 2011-12-09 (15317): 2 clients done',
    });
    const line = 'the models were made without a job that failed: ConfigError: evaluate, client a, step score: torn';
    expect(await json(`${attemptFolder(DAY)}summary.json`)).toMatchObject({ failures: [], failedAside: [line] });
    expect(logged).toContainEqual(['warn', line, expect.anything()]);
    // A model that failed makes the day fail, and the evaluation stays beside it.
    await daily.clients({ ...DAY, attempt: 2 }, environment);
    const again = { ...DAY, attempt: 2 };
    const both = { evaluate: failed('torn'), [MF]: failed('diverged') };
    await daily.record({ ...again, client: 'a', waves: { wave1: both } }, environment);
    await daily.record({ ...again, client: 'b', waves: { wave1: { [MF]: done } } }, environment);
    expect(await daily.summary(again, environment)).toMatchObject({ whole: false, failed: 1, failedAside: 1 });
    expect(await json(`${attemptFolder(again)}summary.json`)).toMatchObject({ failures: ['ConfigError: diverged'] });
  });

  test('A day succeeds when models were kept from going live, and says which and why', async () => {
    const { environment, grouped, json } = setUp();
    const logged: unknown[] = [];
    const said = { ...environment, log: (...line: unknown[]) => void logged.push(line) } as daily.DailyEnvironment;
    await grouped({ a: 1, b: 1, c: 1 });
    await daily.clients(DAY, environment);
    const why = 'the live model is newer';
    const end = { run: { ref: {} }, activated: { ref: { notActivated: why } } };
    await record('a', { [MF]: { outcome: 'done', run: 'r', end } }, environment);
    const blocked: JobOutcome = { outcome: 'failed', error: { name: 'BlockedModelError', message: 'empty: no rule' } };
    await record('b', { fpgrowth: blocked }, environment);
    await record(
      'c',
      { [MF]: { outcome: 'done', run: 'r', end: { run: { ref: { done: true, notActivated: null } } } } },
      environment,
    );
    const answer = await daily.summary(DAY, said);
    expect(answer).toMatchObject({ whole: true, clients: 3, failed: 0, kept: 2 });
    expect((answer as { message: string }).message.split('\n')).toEqual([
      'day 2011-12-09 (15317): 3 clients done, 2 models were kept from going live:',
      `${MF}, client a: not activated: ${why}`,
      'BlockedModelError: empty: no rule',
    ]);
    expect(logged).toEqual([['warn', expect.any(String), { day: DAY.day, run: DAY.run, modelsKept: 2 }]]);
    expect(await json(`${attemptFolder(DAY)}ended/a.json`)).toMatchObject({
      client: 'a',
      jobs: { [MF]: { outcome: 'notActivated', run: 'r', why } },
    });
  });

  describe('new attempts', () => {
    const second = { ...DAY, attempt: 2 };
    const outcome = (name: string): JobOutcome => ({ outcome: 'failed', error: { name, message: name } });

    async function afterFirst(takes: 'all' | 'open') {
      const scene = setUp();
      const { environment, grouped, output } = scene;
      await grouped({ done: 1, blocked: 1, config: 1, store: 1, lost: 1, trouble: 1 });
      await daily.clients(DAY, environment);
      await record('done', { [MF]: { outcome: 'done', run: 'r' } }, environment);
      await record('blocked', { [MF]: outcome('BlockedModelError') }, environment);
      await record('config', { [MF]: outcome('ConfigError') }, environment);
      await record('store', { [MF]: outcome('ConfigError'), word2vec: outcome('StoreUnavailableError') }, environment);
      await daily.record({ ...DAY, client: 'trouble', error: { Error: 'States.Timeout', Cause: '' } }, environment);
      const decided = { run: DAY.run, attempt: 2, requestedAt: '2011-12-10T00:00:00Z', takes, wait: 1 };
      await output.put(recordKey(DAY.day), JSON.stringify(decided));
      await daily.clients(second, environment);
      return { ...scene, taken: await scene.json(`${attemptFolder(second)}clients.json`) };
    }

    test('The sweep takes clients whose record is missing or whose error may pass', async () => {
      const { taken, environment } = await afterFirst('open');
      expect(taken).toEqual(['store', 'lost', 'trouble']);
      for (const client of ['store', 'trouble']) {
        await daily.record(
          { ...second, client, waves: { wave1: { [MF]: { outcome: 'done', run: 'r' } } } },
          environment,
        );
      }
      // The records of the first attempt still hold for the other clients. A client that was taken and lost has no
      // record.
      expect(await daily.summary(second, environment)).toMatchObject({ whole: false, clients: 6, failed: 2, kept: 1 });
    });

    test('A start by hand takes all clients', async () => {
      const { taken } = await afterFirst('all');
      expect(taken).toEqual(['done', 'blocked', 'config', 'store', 'lost', 'trouble']);
    });
  });

  test('A job skipped because of a blocked model is not a failure', async () => {
    const { environment, grouped } = setUp();
    const job = (name: string, writes: string, folders: readonly string[]): AnyJob => {
      const mf = jobNamed(MF);
      return { ...mf, name, writes, inputs: { ...mf.inputs, folders } };
    };
    const writes = job('writer', 'w', []);
    const reads = job('reader', 'r', ['w']);
    const own = { ...environment, jobs: [writes, reads] };
    await grouped({ a: 1, b: 1 });
    await daily.clients(DAY, own);
    const skipped: JobOutcome = { outcome: 'skipped', error: { name: 'MissingObjectError', message: 'reads' } };
    await record(
      'a',
      { writer: { outcome: 'failed', error: { name: 'EmptyModelError', message: 'no rule' } }, reader: skipped },
      own,
    );
    await record('b', { writer: failed('x'), reader: skipped }, own);
    expect(await daily.summary(DAY, own)).toMatchObject({ whole: false, failed: 1, kept: 1 });
  });

  test('The summary of an attempt ignores the previous attempt', async () => {
    const { environment, grouped } = setUp();
    await grouped({ a: 1 });
    await daily.clients(DAY, environment);
    await record('a', { [MF]: failed('x') }, environment);
    const second = { ...DAY, attempt: 2 };
    await daily.clients(second, environment);
    await daily.record(
      { ...second, client: 'a', waves: { wave1: { [MF]: { outcome: 'done', run: 'r' } } } },
      environment,
    );
    expect(await daily.summary(second, environment)).toMatchObject({ whole: true });
  });
});
