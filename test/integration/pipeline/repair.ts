/** A client's configuration is broken: the other models go live, and the failure names the cure, which then works. */
import { beforeAll, expect, test } from 'vitest';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import { configNode } from '../../../shared/activation/nodes.ts';
import { dayInWords } from '../../../shared/in-words.ts';
import { reportKey } from '../../../shared/store/keys.ts';
import { runDayLocally } from '../../helpers/local-day.ts';
import { type PipelineOutside, publishedLocally } from '../../helpers/pipeline-outside.ts';
import { linesOfDay, writeLog } from '../../helpers/retail-logs.ts';
import { expectSameFiles } from '../../helpers/same-bytes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { IN_ORDER } from './options.ts';

/** 2011-02-06, a day with 279 lines. */
const DAY = 15_011;
const JOB = matrixFactorization.name;
const CONFIG = JSON.stringify({ rank: 4, iterations: 1, activate: true });

export function repairSuite(pipeline: () => PipelineOutside): void {
  const logs = temporaryFolder();
  const lines = linesOfDay(DAY, ['east', 'west']);
  const east = lines.get('east')!;
  const west = lines.get('west')!;
  /** The lines that a collector sends hours later. */
  const late = east.splice(-20);
  const location = (client: string) => pipeline().locationOf(client, 'mf', DAY);

  beforeAll(async () => {
    await pipeline().configure('east', JOB, CONFIG);
    await pipeline().configure('west', JOB, '{"rank": "thirty", "activate": true}');
    const keys = [writeLog(logs, DAY, 'east', east), writeLog(logs, DAY, 'west', west)];
    await pipeline().putLogs(logs, keys);
    await pipeline().mark(DAY);
  });

  test(
    'the day fails for this client alone, and the cause names the client, the setting, the node and the cure',
    IN_ORDER,
    async () => {
      const end = await pipeline().dayEnded(DAY);
      expect(end).toMatchObject({ status: 'FAILED', error: 'DayFailed' });
      expect(await pipeline().activeModel('east', 'mf')).toBe(location('east'));
      expect(await pipeline().activeModel('west', 'mf')).toBeUndefined();
      const key = configNode('west', JOB);
      for (const cause of [end.cause, (await pipeline().offline('status', '--start-day', String(DAY))).stdout]) {
        expect(cause).toContain(`day ${dayInWords(DAY)}: 1 of 2 clients failed, all others are done.`);
        expect(cause).toContain(`ConfigError: ${JOB}, client west, step configure: `);
        expect(cause).toContain(`rank is "thirty" in ${key}`);
        expect(cause).toContain('allowed: an integer from 1 to 256');
        expect(cause).toContain(`Remove the cause, then: offline start --env it --start-day ${DAY}`);
      }
    },
  );

  test('when the configuration is repaired and the day is started, only this client’s job runs', IN_ORDER, async () => {
    const before = await pipeline().objects('east/');
    const from = pipeline().deployed.s3Proxy.requests.length;
    await pipeline().configure('west', JOB, CONFIG);
    const ended = await pipeline().offline('start', '--start-day', String(DAY));
    expect(ended.stdout).toMatch(new RegExp(`^daily-${DAY}-[0-9a-f]{16}-2: started\n`));
    expect(await pipeline().dayEnded(DAY, 2)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await pipeline().activeModel('west', 'mf')).toBe(location('west'));
    expect(await pipeline().objects('east/')).toEqual(before);
    const writes = pipeline()
      .deployed.s3Proxy.requests.slice(from)
      .flatMap(({ method, path }) => (method !== 'GET' && method !== 'HEAD' && path.includes('/east/') ? [path] : []));
    // Every attempt ends with the report, whose bytes are the same.
    expect(writes).toEqual([expect.stringMatching(new RegExp(`/${reportKey('east', DAY)}$`))]);
  });

  test(
    'late files give one more run once no more files come, and its output replaces the earlier one',
    IN_ORDER,
    async () => {
      const keys = late.map((line, index) => writeLog(logs, DAY, `late-${index}`, [line]));
      await pipeline().putLogs(logs, keys.slice(0, 10));
      await pipeline().putLogs(logs, keys.slice(10));
      expect(await pipeline().dayEnded(DAY, 3)).toMatchObject({ status: 'SUCCEEDED' });
      const waits = await pipeline().executions('arrival', DAY);
      expect(waits.map(({ name }) => name)).toEqual([`arrival-${DAY}-1`]);
      expect(await pipeline().ended(waits[0]?.executionArn as string)).toMatchObject({ status: 'SUCCEEDED' });

      const output = temporaryFolder();
      await runDayLocally({ logs, day: DAY, output, clients: { east: { [JOB]: CONFIG }, west: { [JOB]: CONFIG } } });
      const prefixes = ['east/', 'west/', `_rejected/${DAY}/`];
      const locally = publishedLocally(output, ...prefixes);
      expectSameFiles(await pipeline().published(...prefixes), locally, 'deployed, beside a local run');
      expect(await pipeline().executions('daily', DAY)).toHaveLength(3);
    },
  );

  test('backfill runs days again and names the days without logs', IN_ORDER, async () => {
    const ended = await pipeline().offline('backfill', '--from', String(DAY - 1), '--to', String(DAY));
    expect(ended.status, ended.stderr).toBe(0);
    const lines = ended.stdout.split('\n');
    expect(lines[1]?.split(/ {2,}/)).toEqual([dayInWords(DAY - 1), 'NO LOGS']);
    // The day is already done, so each job ends at once.
    expect(lines[2]?.split(/ {2,}/)).toEqual([
      dayInWords(DAY),
      'SUCCEEDED',
      expect.stringMatching(new RegExp(`^daily-${DAY}-[0-9a-f]{16}-2$`)),
    ]);
    const status = await pipeline().offline('status');
    const day = dayInWords(DAY).replace(/[()]/g, '\\$&');
    expect(status.stdout).toMatch(new RegExp(`^ *${day} +1 +FAILED .*day ${day}: 1 of 2 clients failed`, 'm'));
  });
}
