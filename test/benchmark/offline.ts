/** Runs the command line as a child and measures its whole process, start-up included. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Outcome } from '../../cli/local/run-day.ts';
import type { RunSummary } from '../../cli/local/run-job.ts';
import { defined } from '../../shared/defined.ts';
import type { ExampleSettings } from '../../shared/job/example.ts';
import { LIVE_MEMORY_OPTIONS } from './live-memory.ts';
import { type Measurement, runChild } from './measure.ts';
import { CHILDREN, CLIENT, DAY, PROJECT } from './places.ts';

export interface MeasuredRun extends Measurement {
  readonly summary: RunSummary;
}

async function offline<Output>(
  args: readonly string[],
  { workers, shards, profile, liveMemory }: PoolOptions,
): Promise<Measurement & { readonly output: Output }> {
  const preload = pathToFileURL(`${CHILDREN}report-usage.mjs`).href;
  const usage = join(tmpdir(), `usage-${process.pid}.json`);
  const command = [
    ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${emptied(profile)}`]),
    ...(liveMemory === undefined ? [] : LIVE_MEMORY_OPTIONS),
    ...[`--import=${preload}`, `${PROJECT}cli/main.mjs`, ...args, '--workers', String(workers)],
    ...(shards === undefined ? [] : ['--shards', String(shards)]),
    '--json',
  ];
  const output = await runChild<Output>(
    process.execPath,
    command,
    defined({
      USAGE_FILE: usage,
      LIVE_MEMORY_FILE: liveMemory,
    }),
  );
  const measurement = JSON.parse(readFileSync(usage, 'utf8')) as Measurement;
  rmSync(usage);
  return { ...measurement, output };
}

/** Returns the CPU seconds of a run's larger steps, and of the rest of the process. A step below a twentieth is left out. */
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
  /** A folder for the profiles of the threads. It is emptied first. */
  readonly profile?: string;
  /** A file for the live memory of workers (`live-memory.ts`). The time of such a run means nothing. */
  readonly liveMemory?: string;
}

/** Groups logs into the folder `output`, which is emptied first. */
export async function groupActions(
  pattern: string,
  output: string,
  gzip: boolean,
  pool: PoolOptions,
): Promise<MeasuredRun> {
  const { output: summary, ...measurement } = await offline<RunSummary>(
    [
      ...['group-actions', '--input-path-pattern', pattern, '--input-date-string', String(DAY)],
      ...['--output-path-dir', emptied(output), ...(gzip ? ['--gzip-output'] : [])],
    ],
    pool,
  );
  return { ...measurement, summary };
}

export type JobSettings = ExampleSettings;

/** Runs any other job into the folder `output`, which is emptied first. */
export async function runJob(
  job: string,
  input: string,
  output: string,
  settings: JobSettings,
  pool: PoolOptions,
): Promise<MeasuredRun> {
  const { output: summary, ...measurement } = await offline<RunSummary>(
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
 * Runs every job that has a node in the folder `configRoot`. Input and output are in the folder `root`.
 * @throws Error naming the jobs that failed
 */
export async function runWholeDay(configRoot: string, root: string, pool: PoolOptions): Promise<Measurement> {
  const { output: outcomes, ...measurement } = await offline<readonly Outcome[]>(
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

/** A weighting that limits scores to 20, as in the generated data. */
const WEIGHTINGS = JSON.stringify([{ actionType: 1, valuePerAction: 1, maxSum: 20 }]);
/** The settings of matrix-factorization. */
export const FACTORIZATION_SETTINGS = { rank: 30, iterations: 5, lambda: 0.01, actionWeightings: WEIGHTINGS } as const;

export const matrixFactorization = (input: string, output: string, pool: PoolOptions): Promise<MeasuredRun> =>
  runJob('matrix-factorization', input, output, FACTORIZATION_SETTINGS, pool);

/** Runs similar-items without sampling. */
export const similarItems = (input: string, output: string, pool: PoolOptions): Promise<MeasuredRun> =>
  runJob('similar-items', input, output, { dimsumThreshold: 0 }, pool);
