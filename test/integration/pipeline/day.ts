/** A day arrives: when the logs of two clients and the marker are put, both models go live once, as a local run makes them. */
import { beforeAll, expect, test } from 'vitest';
import { groupActions } from '../../../functions/group-actions/job.ts';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import { runDayLocally } from '../../helpers/local-day.ts';
import { callJson, functionLogs, until } from '../../helpers/localstack.ts';
import { type PipelineOutside, publishedLocally } from '../../helpers/pipeline-outside.ts';
import { dayFolderName, linesOfDay, writeLog } from '../../helpers/retail-logs.ts';
import { expectSameFiles } from '../../helpers/same-bytes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** 2011-12-08, a day with 2,595 lines: 1,368 of one client and 1,227 of the other. */
export const DAY = 15_316;
export const CLIENTS = ['north', 'south'] as const;
const JOB = matrixFactorization.name;
const CONFIG = JSON.stringify({ rank: 30, iterations: 5, activate: true });
/** The prefixes of all outputs of the day. */
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

  /** Sends the events that S3 sends for these objects, in addition to those of S3. The objects need not exist. */
  const sendEvents = async (names: readonly string[]): Promise<void> => {
    const { logBucket, deployed } = pipeline();
    const Entries = names.map((key) => ({
      Source: 'aws.s3',
      DetailType: 'Object Created',
      Detail: JSON.stringify({ version: '0', bucket: { name: logBucket }, object: { key } }),
    }));
    await callJson(deployed.emulator, 'events', 'AWSEvents.PutEvents', { Entries });
  };
  const marker = `${dayFolderName(DAY)}/_SUCCESS`;
  /** The keys of six stray events: each file is announced twice, and in another order. */
  const strayEvents = () => [marker, ...keys, marker, ...keys.toReversed()];

  /** Returns the time at which the day's grouping began to read the logs. */
  const firstStep = async (): Promise<number> => {
    const [grouping] = await pipeline().executions('group-actions');
    const events = await pipeline().history(grouping?.executionArn as string);
    return Number(events.find(({ stateEnteredEventDetails: state }) => state?.name === 'Fold')?.timestamp);
  };

  test(
    'both clients’ models go live without a command',
    async () => {
      for (const client of CLIENTS) await pipeline().configure(client, JOB, CONFIG);
      await sendEvents(strayEvents());
      await pipeline().putLogs(logs, keys.toReversed());
      const began = Date.now();
      await pipeline().mark(DAY);
      await sendEvents(strayEvents());
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
      const [started] = await pipeline().executions('daily', DAY);
      process.stdout.write(
        `from _SUCCESS to the day's start: ${after(Number(started?.startDate))}; to the first step: ${after(await firstStep())}; to both models active: ${live} (target: under 12.8)\n`,
      );
      expect(await pipeline().dayEnded(DAY)).toMatchObject({ status: 'SUCCEEDED' });
    },
    LIVE_WITHIN_MS,
  );

  test('events that are repeated or late change nothing, and the day has one run', async () => {
    await sendEvents(strayEvents());
    const sent = 3 * strayEvents().length;
    const arrive = `offline-${pipeline().deployed.environment}-arrival-arrive`;
    const outcomes = async () =>
      (await functionLogs(pipeline().deployed.emulator, arrive)).flatMap((line) => {
        const outcome = /"message":"(nothing to do|run|joined|waiting)\b/.exec(line)?.[1];
        const events = Number(/"events":(\d+)/.exec(line)?.[1] ?? 1);
        return outcome === undefined ? [] : [{ outcome, events }];
      });
    // S3 has sent one event for each log, and one for the marker, which goes to both queues.
    await until(
      'all events are handled',
      async () => (await outcomes()).reduce((sum, { events }) => sum + events, 0) >= sent + keys.length + 2,
    );
    expect((await outcomes()).filter(({ outcome }) => outcome === 'waiting')).toEqual([]);
    expect(await pipeline().executions('daily', DAY)).toHaveLength(1);
    expect(await pipeline().executions('arrival')).toEqual([]);
    expect(await pipeline().executions(groupActions.name)).toHaveLength(1);
    // The days of both clients are folded, without the machines of their jobs.
    expect(await pipeline().executions(JOB)).toEqual([]);
  });

  test('every published file is the same as in a local run', async () => {
    const output = temporaryFolder();
    await runDayLocally({
      logs,
      day: DAY,
      output,
      clients: Object.fromEntries(CLIENTS.map((client) => [client, { [JOB]: CONFIG }])),
    });
    const expected = publishedLocally(output, ...PREFIXES);
    // Each client has four folders, each with _BEGUN and _SUCCESS: its actions (one file and a sketch), its evaluation (metrics and
    // resamples), its factors (four files), and the version of the model (the same four and a sketch). The day has _BEGUN and
    // _SUCCESS of the rejects.
    expect([...expected.keys()]).toHaveLength(CLIENTS.length * (4 + 4 + 6 + 7) + 2);
    expectSameFiles(await pipeline().published(...PREFIXES), expected, 'deployed, beside a local run');
  });

  test('the grouping is folded, and so are the days of both clients', async () => {
    const [grouped] = await pipeline().executions(groupActions.name);
    const folded = [{ state: 'Configure' }, { state: 'Fold' }];
    expect(await pipeline().statesEntered(grouped?.executionArn as string)).toEqual(folded);
    const [day] = await pipeline().executions('daily', DAY);
    expect(await pipeline().statesEntered(day?.executionArn as string)).toEqual([
      { state: groupActions.name },
      { state: 'Clients' },
      { state: 'Folded days', items: CLIENTS.length },
      { state: 'Rest' },
      { state: 'Summary' },
    ]);
  });
}
