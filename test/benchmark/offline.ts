/** The command line as a measured child: what its whole process used, start-up included, and what it reports. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Outcome } from '../../cli/local/run-day.ts';
import type { RunSummary } from '../../cli/local/run-job.ts';
import type { ExampleSettings } from '../../shared/job/example.ts';
import { LIVE_MEMORY_OPTIONS } from './live-memory.ts';
import { type Measurement, runChild } from './measure.ts';
import { CHILDREN, CLIENT, DAY, PROJECT } from './places.ts';

export interface MeasuredRun extends Measurement {
  readonly summary: RunSummary;
}

async function offline<Said>(
  args: readonly string[],
  { workers, shards, profile, liveMemory }: PoolOptions,
): Promise<Measurement & { readonly said: Said }> {
  const preload = pathToFileURL(`${CHILDREN}report-usage.mjs`).href;
  const usage = join(tmpdir(), `usage-${process.pid}.json`);
  const command = [
    ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${emptied(profile)}`]),
    ...(liveMemory === undefined ? [] : LIVE_MEMORY_OPTIONS),
    ...[`--import=${preload}`, `${PROJECT}cli/main.mjs`, ...args, '--workers', String(workers)],
    ...(shards === undefined ? [] : ['--shards', String(shards)]),
    '--json',
  ];
  const said = await runChild<Said>(process.execPath, command, {
    USAGE_FILE: usage,
    ...(liveMemory !== undefined && { LIVE_MEMORY_FILE: liveMemory }),
  });
  const measurement = JSON.parse(readFileSync(usage, 'utf8')) as Measurement;
  rmSync(usage);
  return { ...measurement, said };
}

/** Where a run's CPU seconds went: its steps, less those below a twentieth; start-up is what they leave of the process. */
export function stepsText({ summary: { steps }, cpuSeconds }: MeasuredRun): string {
  const inSteps = steps.reduce((sum, step) => sum + step.cpuSeconds, 0);
  const large = steps.filter((step) => step.cpuSeconds >= cpuSeconds / 20);
  const parts = [...large].sort((a, b) => b.cpuSeconds - a.cpuSeconds);
  return [...parts, { step: 'outside steps', cpuSeconds: cpuSeconds - inSteps }]
    .map((part) => `${part.step} ${part.cpuSeconds.toFixed(2)}`)
    .join(', ');
}

function emptied(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

export interface PoolOptions {
  readonly workers: number;
  readonly shards?: number;
  /** A folder, emptied before, for what the profiler finds of each thread. */
  readonly profile?: string;
  /** A file for what workers hold alive (`live-memory.ts`); the run's time then says nothing. */
  readonly liveMemory?: string;
}

/** Runs the job into `output`, which is emptied before. */
export async function groupActions(
  pattern: string,
  output: string,
  gzip: boolean,
  pool: PoolOptions,
): Promise<MeasuredRun> {
  const { said: summary, ...measurement } = await offline<RunSummary>(
    [
      ...['group-actions', '--input-path-pattern', pattern, '--input-date-string', String(DAY)],
      ...['--output-path-dir', emptied(output), ...(gzip ? ['--gzip-output'] : [])],
    ],
    pool,
  );
  return { ...measurement, summary };
}

export type JobSettings = ExampleSettings;

/** The same for any other job. */
export async function runJob(
  job: string,
  input: string,
  output: string,
  settings: JobSettings,
  pool: PoolOptions,
): Promise<MeasuredRun> {
  const { said: summary, ...measurement } = await offline<RunSummary>(
    [
      ...['run', job, '--client', CLIENT, '--start-day', String(DAY)],
      ...['--input-path', input, '--output-path', emptied(output)],
      ...Object.entries(settings).flatMap(([name, value]) => [
        '--set',
        `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      ]),
    ],
    pool,
  );
  return { ...measurement, summary };
}

/**
 * Runs every job that has a node in the folder `configRoot`, from the actions in `root` into the same.
 * @throws Error naming the jobs that did not run through
 */
export async function runWholeDay(configRoot: string, root: string, pool: PoolOptions): Promise<Measurement> {
  const { said: outcomes, ...measurement } = await offline<readonly Outcome[]>(
    [
      ...['day', '--client', CLIENT, '--start-day', String(DAY), '--config-root', configRoot],
      ...['--input-path', root, '--output-path', root],
    ],
    pool,
  );
  const failures = outcomes.flatMap((one) => ('error' in one ? [`${one.job}: ${one.error.message}`] : []));
  if (failures.length > 0) throw new Error(failures.join('; '));
  return measurement;
}

/** Scores count up to 20, as in the generated ones. */
const WEIGHTINGS = JSON.stringify([{ actionType: 1, valuePerAction: 1, maxSum: 20 }]);
/** What the job is run with. */
export const FACTORIZATION_SETTINGS = { rank: 30, iterations: 5, lambda: 0.01, actionWeightings: WEIGHTINGS } as const;

export const matrixFactorization = (input: string, output: string, pool: PoolOptions): Promise<MeasuredRun> =>
  runJob('matrix-factorization', input, output, FACTORIZATION_SETTINGS, pool);

/** Exact: every pair counts. */
export const similarItems = (input: string, output: string, pool: PoolOptions): Promise<MeasuredRun> =>
  runJob('similar-items', input, output, { dimsumThreshold: 0 }, pool);
