/** Measures folded runs: the requests, the time and the peak memory of one process that does a whole run. */
import { rmSync } from 'node:fs';
import { jobNamed } from '../../functions/index.ts';
import { type FoldedPoint, MIB } from '../../shared/cost/model.ts';
import type { RunUsage } from '../../shared/cost/usage.ts';
import { median, runNode } from './measure.ts';
import { CLIENT, DAY } from './places.ts';
import { GROUPING, inputOf, type Shop, settingsOf, shopLogs, usageIn } from './shop-jobs.ts';

/** The argument of `children/fold-run.ts`. */
export interface FoldedRun {
  readonly job: string;
  readonly client: string | null;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** A folded run as it was measured. */
export interface FoldedMeasurement {
  readonly usage: RunUsage;
  /** The time of the process's work, without its start. */
  readonly seconds: number;
  readonly peakMemoryMb: number;
}

/** Rounds of each size. The memory of a process varies less than its time. */
const ROUNDS = 2;

/** Folds a job on plain files. Time is the median of the rounds, and memory the largest. */
export async function foldedRun(shop: Shop, job: string): Promise<FoldedMeasurement> {
  const rounds: FoldedMeasurement[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await foldOnce(shop, job));
  return {
    usage: rounds[0]!.usage,
    seconds: median(rounds.map(({ seconds }) => seconds)),
    peakMemoryMb: Math.max(...rounds.map(({ peakMemoryMb }) => peakMemoryMb)),
  };
}

async function foldOnce(shop: Shop, job: string): Promise<FoldedMeasurement> {
  const output = `${shop.folder}/folded`;
  rmSync(output, { recursive: true, force: true });
  const input =
    job === GROUPING
      ? { inputPathPattern: await shopLogs(shop, 'plain') }
      : { inputPath: await inputOf(shop, job, 'plain'), ...(await settingsOf(shop, job)) };
  const run: FoldedRun = {
    job,
    client: jobNamed(job).scope === 'logs' ? null : CLIENT,
    settings: { ...input, outputPath: output, startDay: DAY },
  };
  const { peakMemoryMb } = await runNode<{ peakMemoryMb: number }>('fold-run', run);
  const usage = usageIn(output);
  rmSync(output, { recursive: true });
  return { usage, seconds: total(usage, ({ seconds }) => seconds), peakMemoryMb };
}

export function foldedPoint({ usage, peakMemoryMb }: FoldedMeasurement): FoldedPoint {
  const { bytes, objects } = usage.input;
  return {
    mib: Number((bytes / MIB).toPrecision(6)),
    peakMb: Math.round(peakMemoryMb),
    gets: total(usage, ({ gets }) => gets) - objects,
    puts: total(usage, ({ puts }) => puts),
    lists: total(usage, ({ lists }) => lists),
  };
}

const total = ({ steps }: RunUsage, of: (step: RunUsage['steps'][number]) => number): number =>
  steps.reduce((sum, step) => sum + of(step), 0);
