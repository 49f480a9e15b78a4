/** Faults in a run: its output is the same as without them, and finished work is not done again. */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { beforeAll, expect, test } from 'vitest';
import { readCause } from '../../../functions/day-arrival/failure-words.ts';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import { failureInside } from '../../../shared/job/step-functions.ts';
import { killProcessOfPort } from '../../helpers/function-process.ts';
import type { Matches } from '../../helpers/http-proxy.ts';
import { runDayLocally } from '../../helpers/local-day.ts';
import { functionLogs, until } from '../../helpers/localstack.ts';
import { offlineSummary, setFlags } from '../../helpers/offline.ts';
import { type PipelineOutside, publishedLocally } from '../../helpers/pipeline-outside.ts';
import { linesOfDay, writeLog } from '../../helpers/retail-logs.ts';
import { expectSameFiles } from '../../helpers/same-bytes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { DAY } from './day.ts';
import { IN_ORDER, WITHIN_MS } from './options.ts';

const JOB = matrixFactorization.name;
const CLIENT = 'north';
/** A timeout that is far longer than a shard takes on a busy machine, and far shorter than the timeout of its function. */
const HASTY_SECONDS = 6;
/** The number of shards to ask for, which gives each step two. */
const SHARDS = '3';

/**
 * Returns the settings of a run for a day of its own. It reads back to DAY, the only day with actions: the same model. The run
 * fans out, because the faults hit single shards.
 */
const settingsOf = (day: number) => ({ startDay: day, days: day - DAY + 1, rank: 4, iterations: 2, fold: 'never' });
const modelFolder = (day: number) => `${CLIENT}/${JOB}/${day}/`;
const byName = (files: Map<string, string>) =>
  new Map([...files].map(([key, text]) => [key.slice(key.lastIndexOf('/') + 1), text]));

/** Matches a write to the client's work area whose key ends so: `solve-1/00001` is shard 1 of half-sweep 1. */
const writeOf =
  (end: string): Matches =>
  ({ method, path }) =>
    method === 'PUT' && path.includes(`/.work/${JOB}/${CLIENT}/`) && path.endsWith(end);

const putOf =
  (path: string): Matches =>
  (request) =>
    request.method === 'PUT' && request.path === path;

/** Returns the ends `solve-<half-sweep>/<shard>` of the keys of shards of `solve`, sorted. */
const solvedShards = (keys: readonly string[]): string[] =>
  keys.flatMap((key) => /solve-\d\/\d+$/.exec(key)?.[0] ?? []).sort();

export function faultSuite(pipeline: () => PipelineOutside): void {
  /** The model of a local run: file name → text. */
  let model: Map<string, string>;

  beforeAll(async () => {
    const [logs, output] = [temporaryFolder(), temporaryFolder()];
    writeLog(logs, DAY, CLIENT, linesOfDay(DAY, ['north', 'south']).get(CLIENT)!);
    await runDayLocally({ logs, day: DAY, output, clients: {} });
    const roots = ['--input-path', output, '--output-path', output];
    await offlineSummary(['run', JOB, '--client', CLIENT, ...roots, ...setFlags(settingsOf(DAY))]);
    model = byName(publishedLocally(output, modelFolder(DAY)));
  });

  const publishedModel = async (day: number) => byName(await pipeline().published(modelFolder(day)));

  /** Starts the run of a day, or starts it again, by the command line. Returns the execution's ARN. */
  const start = async (day: number): Promise<string> => {
    const { startDay, ...settings } = settingsOf(day);
    const ended = await pipeline().offline(
      ...['start', '--job', JOB, '--client', CLIENT, '--start-day', String(startDay), '--shards', SHARDS, '--json'],
      ...setFlags(settings),
    );
    // A slow emulator lets the command say for what it waits.
    expect(ended.stderr.replaceAll(/^waiting for .*\n/gm, '')).toBe('');
    const { kind, name } = JSON.parse(ended.stdout) as { kind: string; name: string };
    expect(kind).toBe('run');
    return pipeline().execution(JOB, name);
  };

  /** Returns the keys that were written to the client's work area, from request number `from` on. */
  const written = (from = 0): string[] =>
    pipeline()
      .deployed.s3Proxy.requests.slice(from)
      .filter((request) => request.status === 200 && writeOf('')(request))
      .map(({ path }) => path);
  /** Returns the statuses of the requests that match, in their order, from request number `from` on. */
  const answersTo = (matches: Matches, from = 0) =>
    pipeline()
      .deployed.s3Proxy.requests.slice(from)
      .filter(matches)
      .map(({ status }) => status);
  const requestCount = () => pipeline().deployed.s3Proxy.requests.length;

  test(
    'the Task’s Retry completes a half-sweep when the function’s process is killed in the middle of it',
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

  test(
    'the late writes of a function change no byte when its Task has timed out and was retried',
    IN_ORDER,
    async () => {
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
      // The late function neither writes the same bytes again nor removes `_SUCCESS` for a moment.
      const changes: Matches = ({ method, path }) =>
        ['PUT', 'DELETE'].includes(method) && path.includes(`/${modelFolder(day)}`);
      expect(answersTo(changes, from)).toEqual([]);
      expectSameFiles(await publishedModel(day), model);
    },
  );

  test(
    'an execution that is stopped in the middle of the loop and started again computes only the missing shards',
    IN_ORDER,
    async () => {
      const { s3Proxy } = pipeline().deployed;
      const day = DAY + 3;
      const from = requestCount();
      const held = s3Proxy.hold(writeOf('solve-3/00001'));
      const stopped = await start(day);
      await held.reached;
      await until('status shows one of two shards as done', async () => {
        const { stdout } = await pipeline().offline('status', '--start-day', String(day));
        return new RegExp(`^${CLIENT} +${JOB} +running +solve +1/2$`, 'm').test(stdout);
      });

      await pipeline().sfn.send(new StopExecutionCommand({ executionArn: stopped, cause: 'by the test' }));
      // As on AWS, stopping an execution does not stop its functions.
      held.pass();
      expect(await pipeline().ended(stopped)).toMatchObject({ status: 'ABORTED' });
      const before = written(from);

      const again = requestCount();
      const resumed = await start(day);
      expect(resumed).toBe(stopped.replace(/-1$/, '-2'));
      expect(await pipeline().ended(resumed)).toMatchObject({ status: 'SUCCEEDED' });
      const after = written(again);
      // No object is written twice: half-sweeps 0 to 3 are done, and none of their shards is computed again.
      expect(after.filter((key) => before.includes(key))).toEqual([]);
      expect(solvedShards(before)).toEqual([0, 1, 2, 3].flatMap((at) => [`solve-${at}/00000`, `solve-${at}/00001`]));
      expect(solvedShards(after)).toEqual(['solve-4/00000', 'solve-4/00001']);
      expectSameFiles(await publishedModel(day), model);
    },
  );

  test(
    'a run that failed for a missing right continues where it failed once the right is given',
    IN_ORDER,
    async () => {
      const { s3Proxy } = pipeline().deployed;
      const day = DAY + 4;
      const giveRight = s3Proxy.refuse(writeOf('solve-1/00001'));
      const from = requestCount();
      const failed = await start(day);
      expect(await pipeline().ended(failed)).toMatchObject({ status: 'FAILED' });
      giveRight();
      const before = written(from);

      const status = await pipeline().offline('status', '--start-day', String(day));
      expect(status.stdout).toMatch(new RegExp(`^${CLIENT} +${JOB} +failed .*step solve, shard 1, iteration 1: `, 'm'));
      const history = await pipeline().offline('logs', '--client', CLIENT, '--start-day', String(day));
      expect(history.stdout).toMatch(/FAILED.*\n[\s\S]* solve\n[\s\S]*Failed/);

      const again = requestCount();
      expect(await pipeline().ended(await start(day))).toMatchObject({ status: 'SUCCEEDED' });
      const after = written(again);
      expect(after.filter((key) => before.includes(key))).toEqual([]);
      // Of half-sweep 1, only the shard that could not be written is computed.
      expect(solvedShards(after).filter((key) => key < 'solve-2')).toEqual(['solve-1/00001']);
      expectSameFiles(await publishedModel(day), model);
    },
  );

  test(
    'a loop hands over to further executions of its machine, whose errors are those of the run',
    IN_ORDER,
    async () => {
      const { sfn, deployed } = pipeline();
      const day = DAY + 5;
      const machine = await changedMachine(pipeline(), 'relaying', (definition) => {
        const text = JSON.stringify(definition);
        return JSON.parse(text.replaceAll(/"NumericGreaterThan":\d+/g, '"NumericGreaterThan":1'));
      });
      const run = () => pipeline().startExecution(machine, { client: CLIENT, settings: settingsOf(day), shards: 3 });

      const giveRight = deployed.s3Proxy.refuse(writeOf('solve-3/00001'));
      const failed = await pipeline().ended(await run());
      giveRight();
      expect(failed).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
      const { executionArn = '' } = readCause({ error: failed.error!, cause: failed.cause! });
      expect(executionArn).not.toBe(failed.executionArn);
      expect((await failureInside(sfn)(executionArn))?.cause).toMatch(/step solve, shard 1, iteration 3: /);
      // The input of a further execution names the execution that started it.
      const { input = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      expect(JSON.parse(input)).toMatchObject({
        AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: failed.executionArn,
        client: CLIENT,
      });

      const resumed = await run();
      const end = await pipeline().ended(resumed);
      expect(end, end.cause).toMatchObject({ status: 'SUCCEEDED' });
      expect(JSON.parse(end.output!)).toMatchObject({
        run: { ref: { client: CLIENT, day } },
        verdict: {},
        published: {},
      });
      // With one round in each execution, half-sweeps 0 to 3 had four executions, and 3 and 4 had two.
      const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: machine }));
      expect(executions).toHaveLength(6);
      expectSameFiles(await publishedModel(day), model);
    },
  );
}

/** Returns the log lines of the ended invocations of `publish` for a day's run. */
async function publishingsOf({ deployed }: PipelineOutside, day: number): Promise<string[]> {
  const lines = await functionLogs(deployed.emulator, `offline-${deployed.environment}-${JOB}-publish`);
  return lines.filter((line) => line.includes('"durationMs"') && line.includes(`"day":${day}`));
}

/** Creates a copy of the job's deployed state machine whose Tasks time out long before their functions. Returns its ARN. */
const hastyMachine = (pipeline: PipelineOutside): Promise<string> =>
  changedMachine(pipeline, 'hasty', (definition) => {
    definition.States.solve.ItemProcessor.States['solve shard'].TimeoutSeconds = HASTY_SECONDS;
    definition.States.Publish.TimeoutSeconds = HASTY_SECONDS;
    return definition;
  });

/** Creates a changed copy of the job's deployed state machine. Returns its ARN. */
async function changedMachine(
  { sfn, machine }: PipelineOutside,
  name: string,
  // biome-ignore lint/suspicious/noExplicitAny: a definition, as JSON
  change: (definition: any) => object,
): Promise<string> {
  const { definition = '', roleArn } = await sfn.send(
    new DescribeStateMachineCommand({ stateMachineArn: machine(JOB) }),
  );
  const changed = JSON.stringify(change(JSON.parse(definition)));
  const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name, definition: changed, roleArn }));
  return stateMachineArn as string;
}
