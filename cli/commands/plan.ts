/** `offline plan <job> …`: predicts the time and the cost of a run on AWS. Nothing runs and nothing is written. */
import { Command } from 'commander';
import { loadJob } from '../../functions/registry.ts';
import { commonSchema } from '../../shared/config/common-settings.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { estimateWays, type Ways, whyUnknown } from '../../shared/cost/estimate.ts';
import { FOLD_MEMORY_MB, type FoldDecision } from '../../shared/cost/predict-folded.ts';
import { type InputSize, inputSizeOf } from '../../shared/cost/usage.ts';
import { UsageError } from '../../shared/errors.ts';
import { decideFold } from '../../shared/job/fold-decision.ts';
import { readSettings } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { parseLocation } from '../../shared/store/location.ts';
import { openStore } from '../../shared/store/open-store.ts';
import type { Store } from '../../shared/store/store.ts';
import {
  type ConfigOptions,
  runInput,
  sizeNumber,
  wholeNumber,
  withConfigOptions,
  withJobArgument,
} from '../options.ts';
import { comparedWays, inputLine, planReport, unknownLine } from '../report-plan.ts';
import { checkSetKeys } from '../set-keys.ts';

interface PlanOptions extends ConfigOptions {
  readonly client?: string;
  readonly shards?: number;
  readonly bytes?: number;
  readonly objects?: number;
  readonly json?: boolean;
}

export function planCommand(): Command {
  return withConfigOptions(
    withJobArgument(new Command('plan'))
      .description('predict the time and the cost of a run on AWS')
      .option('--client <name>', 'the client'),
  )
    .option('--shards <n>', 'number of shards of each step (default: planned by bytes)', wholeNumber)
    .option('--bytes <n>', 'size of a supposed input, in bytes of text, in place of the real one', sizeNumber)
    .option('--objects <n>', 'number of files of the supposed input', wholeNumber)
    .action(async (name: string, options: PlanOptions) => {
      const job = await loadJob(name);
      if (job.scope === 'client' && options.client === undefined) {
        throw new UsageError(`${name} runs for one client: give --client`);
      }
      checkSetKeys([job], options.set);
      const plan = await planned(job, options);
      process.stdout.write(options.json ? `${JSON.stringify(planJson(job, plan))}\n` : planText(job, plan));
    });
}

interface Planned {
  readonly input: InputSize;
  /** Undefined for a job that was not measured. */
  readonly ways: Ways | undefined;
  readonly way: FoldDecision;
}

/** Returns the estimate of the fanned-out run, and beside it the folded run, the decision, and the prices of other places. */
function planJson({ name }: AnyJob, { input, ways, way }: Planned): object {
  if (ways === undefined) return { input, dollars: null, unknown: whyUnknown(name) };
  return {
    ...ways.fannedOut,
    folded: ways.folded,
    way,
    compared: comparedWays(ways),
  };
}

const planText = (job: AnyJob, { input, ways, way }: Planned): string =>
  `${inputLine(job, input)}\n\n${ways === undefined ? unknownLine(job) : planReport(ways, way)}\n`;

async function planned(job: AnyJob, options: PlanOptions): Promise<Planned> {
  const client = options.client ?? null;
  const { settings, warnings } = await readSettings(job, runInput(options.client, options, [job]), openConfigRoot);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  const output = await outputOf(settings.outputPath as string, options);
  const input = await sizeOf(job, settings, options);
  const request = { job, client, settings, input, shards: options.shards, output };
  const ways = await estimateWays(request, FOLD_MEMORY_MB);
  return { input, ways, way: await decideFold({ ...request, run: null }, commonSchema.parse(settings), Date.now()) };
}

/** Returns the store with the client's earlier runs. For a supposed input S3 is not asked, so that no region is needed. */
async function outputOf(location: string, { bytes }: PlanOptions): Promise<Store | undefined> {
  return bytes !== undefined && parseLocation(location).scheme === 's3' ? undefined : openStore(location);
}

async function sizeOf(job: AnyJob, settings: Record<string, unknown>, options: PlanOptions): Promise<InputSize> {
  if (options.bytes !== undefined) return { bytes: options.bytes, objects: options.objects ?? 1 };
  if (options.objects !== undefined)
    throw new UsageError('--objects is the number of files of the input that --bytes describes: give both');
  const day = settings.startDay as number | undefined;
  if (day === undefined) throw new UsageError('which day? Give --start-day, or --bytes for a supposed input');
  const listing = await job.inputs.list({ client: options.client, day, settings, openStore });
  for (const warning of listing.warnings) process.stderr.write(`warning: ${warning}\n`);
  return inputSizeOf(listing.objects);
}
