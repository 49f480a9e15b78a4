/** A day arrives: logs of two clients and the marker are put, and both models go live, once, as a local run makes them. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { WorkerPool } from '../../../cli/local/pool.ts';
import { runLocally } from '../../../cli/local/run-job.ts';
import { groupActions } from '../../../functions/group-actions/job.ts';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import type { RunInput } from '../../../shared/job/configure.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import { runDayLocally } from '../../helpers/local-day.ts';
import { callJson, functionLogs, until } from '../../helpers/localstack.ts';
import { type PipelineOutside, publishedLocally, type StateEntered } from '../../helpers/pipeline-outside.ts';
import { dayFolderName, linesOfDay, writeLog } from '../../helpers/retail-logs.ts';
import { expectSameFiles } from '../../helpers/same-bytes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** 2011-12-08: 2,595 lines, 1,368 and 1,227 of them. */
export const DAY = 15_316;
const CLIENTS = ['north', 'south'] as const;
const JOB = matrixFactorization.name;
const CONFIG = JSON.stringify({ rank: 30, iterations: 5, activate: true });
/** All of the day's outputs. */
const PREFIXES = [...CLIENTS.map((client) => `${client}/`), `_rejected/${DAY}/`];
const LIVE_WITHIN_MS = 240_000;

export function daySuite(pipeline: () => PipelineOutside): void {
  let logs: string;
  let keys: string[];

  beforeAll(() => {
    logs = temporaryFolder();
    const lines = linesOfDay(DAY, CLIENTS);
    keys = CLIENTS.map((client) => writeLog(logs, DAY, client, lines.get(client)!));
  });

  /** Tells of objects as S3 does, whether they are there or not; S3's own events come besides. */
  const tell = async (names: readonly string[]): Promise<void> => {
    const { logBucket, deployed } = pipeline();
    const Entries = names.map((key) => ({
      Source: 'aws.s3',
      DetailType: 'Object Created',
      Detail: JSON.stringify({ version: '0', bucket: { name: logBucket }, object: { key } }),
    }));
    await callJson(deployed.emulator, 'events', 'AWSEvents.PutEvents', { Entries });
  };
  const marker = `${dayFolderName(DAY)}/_SUCCESS`;
  /** Events that are told twice or too early, five of each. */
  const strayEvents = () => [marker, ...keys, marker, ...keys.toReversed()];

  /** When the day's grouping began to work on shards. */
  const firstShard = async (): Promise<number> => {
    const [grouping] = await pipeline().executions('group-actions');
    const events = await pipeline().history(grouping?.executionArn as string);
    return Number(events.find(({ type }) => type === 'MapRunStarted')?.timestamp);
  };

  test(
    'both clients’ models go live by themselves',
    async () => {
      for (const client of CLIENTS) await pipeline().configure(client, JOB, CONFIG);
      await tell(strayEvents());
      await pipeline().putLogs(logs, keys.toReversed());
      const began = Date.now();
      await pipeline().mark(DAY);
      await tell(strayEvents());
      for (const client of CLIENTS) {
        const location = pipeline().locationOf(client, 'mf', DAY);
        await until(
          `${client} is live`,
          async () => (await pipeline().activeModel(client, 'mf')) === location,
          LIVE_WITHIN_MS,
        );
      }
      const after = (time: number): string => `${((time - began) / 1000).toFixed(1)} s`;
      const live = after(Date.now());
      process.stdout.write(
        `from _SUCCESS to the first shard: ${after(await firstShard())}; to both models active: ${live} (target: under 180)\n`,
      );
      expect(await pipeline().dayEnded(DAY)).toMatchObject({ status: 'SUCCEEDED' });
    },
    LIVE_WITHIN_MS,
  );

  test('every event that is told again, and told late, changes nothing: the day has one run', async () => {
    await tell(strayEvents());
    const told = 3 * strayEvents().length;
    const arrive = `offline-${pipeline().deployed.environment}-arrival-arrive`;
    const outcomes = async () =>
      (await functionLogs(pipeline().deployed.emulator, arrive)).flatMap(
        (line) => /"message":"(nothing to do|run|joined|waiting)\b/.exec(line)?.[1] ?? [],
      );
    // S3 itself told of the logs and of the marker.
    await until('all events were looked at', async () => (await outcomes()).length >= told + keys.length + 1);
    expect((await outcomes()).filter((outcome) => outcome === 'waiting')).toEqual([]);
    expect(await pipeline().executions('daily', DAY)).toHaveLength(1);
    expect(await pipeline().executions('arrival')).toEqual([]);
    expect(await pipeline().executions(groupActions.name)).toHaveLength(1);
    expect(await pipeline().executions(JOB)).toHaveLength(CLIENTS.length);
  });

  test('every published file is that of a local run', async () => {
    const output = temporaryFolder();
    await runDayLocally({
      logs,
      day: DAY,
      output,
      clients: Object.fromEntries(CLIENTS.map((one) => [one, { [JOB]: CONFIG }])),
    });
    const expected = publishedLocally(output, ...PREFIXES);
    // Of each client its actions and four files of factors, twice, once with a sketch; all with _BEGUN and _SUCCESS. And the
    // day's own two.
    expect([...expected.keys()]).toHaveLength(CLIENTS.length * (3 + 6 + 7) + 2);
    expectSameFiles(await pipeline().published(...PREFIXES), expected, 'deployed, beside a local run');
  });

  test('the machines went through the states of the local run', async () => {
    const output = temporaryFolder();
    await using pool = new WorkerPool(1, 2048);
    const trace = async (job: AnyJob, input: RunInput): Promise<StateEntered[]> => {
      const states: StateEntered[] = [];
      const step = (state: string, items: number | undefined) =>
        void states.push(items === undefined ? { state } : { state, items });
      await runLocally(job, { ...input, requestedAt: '2026-01-01T00:00:00Z' }, pool, { step });
      return states;
    };
    const pattern = join(logs, 'actions.%y/%m%d/*/*');
    const grouping = await trace(groupActions, {
      settings: { startDay: DAY, inputPathPattern: pattern, outputPath: output },
    });
    const [grouped] = await pipeline().executions(groupActions.name);
    expect(await pipeline().statesEntered(grouped?.executionArn as string)).toEqual(grouping);

    const factorization = await trace(matrixFactorization, {
      client: 'north',
      config: { from: 'the test', text: JSON.stringify({ rank: 30, iterations: 5 }) },
      settings: { startDay: DAY, inputPath: output, outputPath: output },
    });
    // Configuring, planning and running five maps, twelve looks at the loop and eleven half-sweeps, judging, publishing,
    // activating.
    expect(factorization).toHaveLength(1 + 2 * 5 + 12 + 11 + 3);
    for (const { executionArn } of await pipeline().executions(JOB)) {
      const { input = '' } = await pipeline().ended(executionArn as string);
      if (JSON.parse(input).client !== 'north') continue;
      expect(await pipeline().statesEntered(executionArn as string)).toEqual(factorization);
    }
  });
}
