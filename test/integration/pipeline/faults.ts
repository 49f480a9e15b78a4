/** What goes wrong within a run: its output is that of a run in which nothing did, and what was done is not done again. */
import { CreateStateMachineCommand, DescribeStateMachineCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, expect, test } from 'vitest';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import { killProcessOfPort } from '../../helpers/function-process.ts';
import type { Matches } from '../../helpers/http-proxy.ts';
import { runDayLocally } from '../../helpers/local-day.ts';
import { functionLogs, until } from '../../helpers/localstack.ts';
import { offlineSummary } from '../../helpers/offline.ts';
import { type PipelineOutside, publishedLocally } from '../../helpers/pipeline-outside.ts';
import { linesOfDay, writeLog } from '../../helpers/retail-logs.ts';
import { expectSameFiles } from '../../helpers/same-bytes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { DAY } from './day.ts';
import { IN_ORDER, WITHIN_MS } from './options.ts';

const JOB = matrixFactorization.name;
const CLIENT = 'north';
/** Far more than a shard takes, also while the machine is busy, and far less than its function may take. */
const HASTY_SECONDS = 6;
/** Two shards a step. */
const SHARDS = '3';

/** Each test's run ends on a day of its own and reads back to the day whose actions there are: the same model. */
const settingsOf = (day: number) => ({ startDay: day, days: day - DAY + 1, rank: 4, iterations: 2 });
const modelFolder = (day: number) => `${CLIENT}/${JOB}/${day}/`;
const byName = (files: Map<string, string>) =>
  new Map([...files].map(([key, text]) => [key.slice(key.lastIndexOf('/') + 1), text]));

/** A write to the client's work area whose key ends so: `solve-1/00001` is shard 1 in half-sweep 1. */
const writeOf =
  (end: string): Matches =>
  ({ method, path }) =>
    method === 'PUT' && path.includes(`/.work/${JOB}/${CLIENT}/`) && path.endsWith(end);

const putOf =
  (path: string): Matches =>
  (request) =>
    request.method === 'PUT' && request.path === path;

/** `solve-<half-sweep>/<shard>` of those keys that are such, in their order. */
const solvedShards = (keys: readonly string[]): string[] =>
  keys.flatMap((key) => /solve-\d\/\d+$/.exec(key)?.[0] ?? []).sort();

export function faultSuite(pipeline: () => PipelineOutside): void {
  /** The model as the local run makes it: file name → text. */
  let model: Map<string, string>;

  beforeAll(async () => {
    const [logs, output] = [temporaryFolder(), temporaryFolder()];
    writeLog(logs, DAY, CLIENT, linesOfDay(DAY, ['north', 'south']).get(CLIENT)!);
    await runDayLocally({ logs, day: DAY, output, clients: {} });
    const settings = Object.entries(settingsOf(DAY)).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const roots = ['--input-path', output, '--output-path', output];
    await offlineSummary(['run', JOB, '--client', CLIENT, ...roots, ...settings]);
    model = byName(publishedLocally(output, modelFolder(DAY)));
  });

  const publishedModel = async (day: number) => byName(await pipeline().published(modelFolder(day)));

  /** Starts, or starts again, the run of a day by hand. Returns the execution's ARN. */
  const start = async (day: number): Promise<string> => {
    const { startDay, ...settings } = settingsOf(day);
    const pairs = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const ended = await pipeline().offline(
      ...['start', '--job', JOB, '--client', CLIENT, '--start-day', String(startDay), '--shards', SHARDS, '--json'],
      ...pairs,
    );
    expect(ended.stderr).toBe('');
    const { kind, name } = JSON.parse(ended.stdout) as { kind: string; name: string };
    expect(kind).toBe('run');
    return pipeline().execution(JOB, name);
  };

  /** The keys that were written to the client's work area, from request number `from` on. */
  const written = (from = 0): string[] =>
    pipeline()
      .deployed.s3Proxy.requests.slice(from)
      .filter((request) => request.status === 200 && writeOf('')(request))
      .map(({ path }) => path);
  /** The answers to requests that match, in the order in which they came, from request number `from` on. */
  const answersTo = (matches: Matches, from = 0) =>
    pipeline()
      .deployed.s3Proxy.requests.slice(from)
      .filter(matches)
      .map(({ status }) => status);
  const requestCount = () => pipeline().deployed.s3Proxy.requests.length;

  test(
    'a function’s process killed in the middle of a half-sweep: the Task’s Retry makes it good',
    IN_ORDER,
    async () => {
      const { s3Proxy, emulator, environment } = pipeline().deployed;
      const held = s3Proxy.hold(writeOf('solve-1/00001'));
      const execution = await start(DAY + 1);
      const { port, path } = await held.reached;
      killProcessOfPort(port);
      held.drop();
      expect(await pipeline().ended(execution)).toMatchObject({ status: 'SUCCEEDED' });
      expect(answersTo(putOf(path))).toEqual([undefined, 200]);
      const lines = await functionLogs(emulator, `offline-${environment}-${JOB}-solve`);
      expect(lines.filter((line) => line.includes('Runtime exited with error: signal: killed'))).toHaveLength(1);
      expectSameFiles(await publishedModel(DAY + 1), model);
    },
  );

  test('a Task that times out while its Lambda goes on: what that writes late changes no byte', IN_ORDER, async () => {
    const { s3Proxy } = pipeline().deployed;
    const day = DAY + 2;
    const shard = s3Proxy.hold(writeOf('solve-1/00001'));
    const file = s3Proxy.hold(
      ({ method, path }) => method === 'PUT' && path.endsWith(`${modelFolder(day)}userFeatures.txt`),
    );
    const machine = await hastyMachine(pipeline());
    const execution = await pipeline().startExecution(machine, {
      client: CLIENT,
      settings: settingsOf(day),
      shards: 3,
    });

    const lateShard = await shard.reached;
    const answers = () => answersTo(putOf(lateShard.path));
    await until('the retry has written the shard', () => answers().includes(200), WITHIN_MS);
    shard.pass();
    await until('the late shard is answered', () => lateShard.status !== undefined);
    expect(lateShard.status).toBe(412);
    expect(answers().filter((status) => status === 200)).toHaveLength(1);

    await file.reached;
    expect(await pipeline().ended(execution)).toMatchObject({ status: 'SUCCEEDED' });
    const ended = (await publishingsOf(pipeline(), day)).length;
    const from = requestCount();
    file.pass();
    await until('the late function ends', async () => (await publishingsOf(pipeline(), day)).length === ended + 1);
    expect((await file.reached).status).toBe(412);
    // Not even the same bytes are written again, nor is `_SUCCESS` away for a moment.
    const changes: Matches = ({ method, path }) =>
      ['PUT', 'DELETE'].includes(method) && path.includes(`/${modelFolder(day)}`);
    expect(answersTo(changes, from)).toEqual([]);
    expectSameFiles(await publishedModel(day), model);
  });

  test(
    'an execution stopped in the middle of the loop, and started again: only what was missing is computed',
    IN_ORDER,
    async () => {
      const { s3Proxy } = pipeline().deployed;
      const day = DAY + 3;
      const from = requestCount();
      const held = s3Proxy.hold(writeOf('solve-3/00001'));
      const stopped = await start(day);
      await held.reached;
      await until('status tells of both shards', async () => {
        const { stdout } = await pipeline().offline('status', '--start-day', String(day));
        return new RegExp(`^${CLIENT} +${JOB} +running +solve +1/2$`, 'm').test(stdout);
      });

      await pipeline().sfn.send(new StopExecutionCommand({ executionArn: stopped, cause: 'by the test' }));
      // As on AWS, the function that runs is not stopped.
      held.pass();
      expect(await pipeline().ended(stopped)).toMatchObject({ status: 'ABORTED' });
      const before = written(from);

      const again = requestCount();
      const resumed = await start(day);
      expect(resumed).toBe(stopped.replace(/-1$/, '-2'));
      expect(await pipeline().ended(resumed)).toMatchObject({ status: 'SUCCEEDED' });
      const after = written(again);
      // Nothing is written twice: half-sweeps 0 to 3 are there, and none of their shards is computed again.
      expect(after.filter((key) => before.includes(key))).toEqual([]);
      expect(solvedShards(before)).toEqual([0, 1, 2, 3].flatMap((at) => [`solve-${at}/00000`, `solve-${at}/00001`]));
      expect(solvedShards(after)).toEqual(['solve-4/00000', 'solve-4/00001']);
      expectSameFiles(await publishedModel(day), model);
    },
  );

  test('a run that failed for a missing right, which is then given: it goes on where it failed', IN_ORDER, async () => {
    const { s3Proxy } = pipeline().deployed;
    const day = DAY + 4;
    const mend = s3Proxy.refuse(writeOf('solve-1/00001'));
    const from = requestCount();
    const failed = await start(day);
    expect(await pipeline().ended(failed)).toMatchObject({ status: 'FAILED' });
    mend();
    const before = written(from);

    const status = await pipeline().offline('status', '--start-day', String(day));
    expect(status.stdout).toMatch(new RegExp(`^${CLIENT} +${JOB} +failed .*step solve, shard 1, iteration 1: `, 'm'));
    const history = await pipeline().offline('logs', '--client', CLIENT, '--start-day', String(day));
    expect(history.stdout).toMatch(/FAILED.*\n[\s\S]* solve\n[\s\S]*Failed/);

    const again = requestCount();
    expect(await pipeline().ended(await start(day))).toMatchObject({ status: 'SUCCEEDED' });
    const after = written(again);
    expect(after.filter((key) => before.includes(key))).toEqual([]);
    // Of half-sweep 1, only the shard that could not be written.
    expect(solvedShards(after).filter((key) => key < 'solve-2')).toEqual(['solve-1/00001']);
    expectSameFiles(await publishedModel(day), model);
  });
}

/** The invocations of `publish` for a day's run that have come to an end. */
async function publishingsOf({ deployed }: PipelineOutside, day: number): Promise<string[]> {
  const lines = await functionLogs(deployed.emulator, `offline-${deployed.environment}-${JOB}-publish`);
  return lines.filter((line) => line.includes('"durationMs"') && line.includes(`"day":${day}`));
}

/** The deployed machine of the job once more, whose Tasks give up after seconds, long before their functions do. */
async function hastyMachine({ sfn, machine }: PipelineOutside): Promise<string> {
  const { definition = '', roleArn } = await sfn.send(
    new DescribeStateMachineCommand({ stateMachineArn: machine(JOB) }),
  );
  const hasty = JSON.parse(definition);
  hasty.States.solve.ItemProcessor.States['solve shard'].TimeoutSeconds = HASTY_SECONDS;
  hasty.States.Publish.TimeoutSeconds = HASTY_SECONDS;
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({ name: 'hasty', definition: JSON.stringify(hasty), roleArn }),
  );
  return stateMachineArn as string;
}
