/**
 * The second day of a client ends with an evaluation of the model of the day before, and with a report. Then the deployed pipeline
 * compares settings, and publishes nothing. Permissions and state machines are what a local run of the same does not test.
 */
import { beforeAll, expect, test } from 'vitest';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import { parseMetrics, readMetrics } from '../../../shared/evaluation/metrics-document.ts';
import { wholeManifest } from '../../../shared/job/folder-state.ts';
import { reportKey, versionFolder } from '../../../shared/store/keys.ts';
import type { PipelineOutside } from '../../helpers/pipeline-outside.ts';
import { linesOfDay, writeLog } from '../../helpers/retail-logs.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { CLIENTS, DAY as FIRST_DAY } from './day.ts';
import { WITHIN_MS } from './options.ts';

/** The day after that of `daySuite`. */
const DAY = FIRST_DAY + 1;
/** Runs of the other client's second day have faults. */
const CLIENT = 'south';
const EVALUATED = { train: { from: FIRST_DAY, to: FIRST_DAY }, test: { from: DAY, to: DAY } };

export function evaluationSuite(pipeline: () => PipelineOutside): void {
  beforeAll(async () => {
    const logs = temporaryFolder();
    await pipeline().putLogs(logs, [writeLog(logs, DAY, CLIENT, linesOfDay(DAY, CLIENTS).get(CLIENT)!)]);
    await pipeline().mark(DAY);
  });

  test(
    'the model of the day before is evaluated, the report is written, and offline status names it',
    async () => {
      const end = await pipeline().dayEnded(DAY);
      expect(end, end.cause).toMatchObject({ status: 'SUCCEEDED' });
      expect(await pipeline().activeModel(CLIENT, 'mf')).toBe(pipeline().locationOf(CLIENT, 'mf', DAY));
      const { outputs } = pipeline();
      const metrics = (await readMetrics(outputs, CLIENT, DAY))!;
      // The window has 30 days, of which one has actions.
      expect(metrics).toMatchObject({ client: CLIENT, day: DAY, test: EVALUATED.test, train: { to: FIRST_DAY } });
      expect(metrics.users).toBeGreaterThan(0);
      expect(metrics.scorers.map(({ job }) => job)).toEqual([matrixFactorization.name, null, null]);
      const version = versionFolder(CLIENT, 'mf', FIRST_DAY, metrics.scorers[0]!.run!);
      expect(await wholeManifest(outputs, version)).toMatchObject({ day: FIRST_DAY });

      const status = await pipeline().offline('status', '--start-day', String(DAY), '--json');
      expect(JSON.parse(status.stdout), status.stderr).toMatchObject({
        clients: { total: 1, done: 1 },
        reports: [`${outputs.root}/${reportKey(CLIENT, DAY)}`],
        unreported: 0,
      });
      expect(JSON.parse(status.stdout).jobs).toContainEqual(
        expect.objectContaining({ client: CLIENT, job: 'evaluate', status: 'done' }),
      );
      const page = Buffer.from((await outputs.get(reportKey(CLIENT, DAY))).bytes).toString();
      expect(page).toContain('</html>');
    },
    WITHIN_MS,
  );

  test(
    'offline evaluate compares the client’s settings with a variant, and publishes and activates nothing',
    async () => {
      const published = async () =>
        (await pipeline().objects('')).filter(({ key }) => !key.startsWith('.work/evaluate/'));
      const before = await published();
      const ended = await pipeline().offline(
        ...['evaluate', '--client', CLIENT, '--start-day', String(DAY), '--days', '1', '--holdout-days', '1'],
        ...['--variant', 'small:rank=2,iterations=1', '--json'],
      );
      expect(ended.status, ended.stderr).toBe(0);
      const metrics = parseMetrics(ended.stdout, 'the answer');
      expect(metrics).toMatchObject({ client: CLIENT, ...EVALUATED });
      expect(metrics.users).toBeGreaterThan(0);
      expect(metrics.scorers.map(({ name }) => name)).toEqual([
        ...[matrixFactorization.name, 'popularity', 'recent-popularity', 'small'],
      ]);
      expect(metrics.scorers[3]).toMatchObject({ settings: { rank: 2 }, against: { [matrixFactorization.name]: {} } });
      expect(await published()).toEqual(before);
      expect(await pipeline().activeModel(CLIENT, 'mf')).toBe(pipeline().locationOf(CLIENT, 'mf', DAY));
    },
    WITHIN_MS,
  );
}
