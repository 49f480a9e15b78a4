/** The command line as a measured child: what its whole process used, start-up included, and what it reports. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { RunSummary } from '../../cli/local/run-job.ts';
import { type Measurement, runChild } from './measure.ts';
import { BENCH, CHILDREN, CLIENT, DAY, PROJECT } from './places.ts';

export interface MeasuredRun extends Measurement {
  readonly summary: RunSummary;
}

/** Runs a command into `output`, which is emptied before. */
async function offline(output: string, args: readonly string[]): Promise<MeasuredRun> {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const preload = pathToFileURL(`${CHILDREN}report-usage.mjs`).href;
  const usage = `${BENCH}usage.json`;
  const command = ['--import', preload, `${PROJECT}cli/main.ts`, ...args, '--json'];
  const summary = await runChild<RunSummary>(process.execPath, command, { USAGE_FILE: usage });
  return { ...(JSON.parse(readFileSync(usage, 'utf8')) as Measurement), summary };
}

export interface PoolOptions {
  readonly workers: number;
  readonly shards?: number;
}

const poolArgs = ({ workers, shards }: PoolOptions): string[] => [
  ...['--workers', String(workers)],
  ...(shards === undefined ? [] : ['--shards', String(shards)]),
];

export const groupActions = (pattern: string, output: string, gzip: boolean, pool: PoolOptions): Promise<MeasuredRun> =>
  offline(output, [
    ...['group-actions', '--input-path-pattern', pattern, '--input-date-string', String(DAY)],
    ...['--output-path-dir', output, ...(gzip ? ['--gzip-output'] : []), ...poolArgs(pool)],
  ]);

/** What the job is run with: scores count up to 20, as in the generated ones. */
export const JOB_SETTINGS = { rank: 30, iterations: 5, lambda: 0.01 } as const;
const WEIGHTINGS = JSON.stringify([{ actionType: 1, valuePerAction: 1, maxSum: 20 }]);

export const matrixFactorization = (input: string, output: string, pool: PoolOptions): Promise<MeasuredRun> =>
  offline(output, [
    ...['run', 'matrix-factorization', '--client', CLIENT, '--start-day', String(DAY)],
    ...['--input-path', input, '--output-path', output, ...poolArgs(pool)],
    ...Object.entries(JOB_SETTINGS).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
    ...['--set', `actionWeightings=${WEIGHTINGS}`],
  ]);

/** Exact: every pair counts. */
export const similarItems = (input: string, output: string, pool: PoolOptions): Promise<MeasuredRun> =>
  offline(output, [
    ...['run', 'similar-items', '--client', CLIENT, '--start-day', String(DAY)],
    ...['--input-path', input, '--output-path', output, ...poolArgs(pool)],
    ...['--set', 'dimsumThreshold=0'],
  ]);
