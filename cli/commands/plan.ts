/** `offline plan <job> …`: predicts the time and the cost of a run on AWS. Nothing runs and nothing is written. */
import { Command } from 'commander';
import { loadJob } from '../../functions/registry.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { type Estimate, estimate, whyUnknown } from '../../shared/cost/estimate.ts';
import { billOf } from '../../shared/cost/prices.ts';
import { type InputSize, inputSizeOf } from '../../shared/cost/usage.ts';
import { UsageError } from '../../shared/errors.ts';
import { inBytes, inDollars } from '../../shared/in-words.ts';
import { readSettings } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { openStore } from '../../shared/store/open-store.ts';
import {
  type ConfigOptions,
  runInput,
  sizeNumber,
  wholeNumber,
  withConfigOptions,
  withJobArgument,
} from '../options.ts';
import { count, table } from '../report.ts';
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
      const { input, predicted } = await planned(job, options);
      if (options.json) {
        const unknown = { input, dollars: null, unknown: whyUnknown(name) };
        process.stdout.write(`${JSON.stringify(predicted ?? unknown)}\n`);
      } else
        process.stdout.write(`${inputLine(job, input)}\n\n${predicted ? planReport(predicted) : unknownLine(job)}\n`);
    });
}

interface Planned {
  readonly input: InputSize;
  /** Undefined for a job that was not measured. */
  readonly predicted: Estimate | undefined;
}

async function planned(job: AnyJob, options: PlanOptions): Promise<Planned> {
  const client = options.client ?? null;
  const { settings, warnings } = await readSettings(job, runInput(options.client, options, [job]), openConfigRoot);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  const output = await openStore(settings.outputPath as string);
  const input = await sizeOf(job, settings, options);
  return { input, predicted: await estimate({ job, client, settings, input, shards: options.shards, output }) };
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

const inputLine = (job: AnyJob, { bytes, objects }: InputSize): string =>
  `${job.name}: ${inBytes(bytes)} of text in ${count(objects)} files`;

const unknownLine = ({ name }: AnyJob): string => `Time and cost are unknown: ${whyUnknown(name)}.`;

/** Returns the tables of steps and of prices, and what the figures were measured with. */
export function planReport(predicted: Estimate): string {
  const { steps, gets, puts, lists, transitions, invocations, gbSeconds } = predicted;
  const bill = billOf(predicted);
  const lines = [
    ['', 'quantity', 'dollars'],
    ['Lambda, time', `${gbSeconds.toFixed(1)} GB-seconds`, inDollars(bill.lambdaTime)],
    ['Lambda, requests', count(invocations), inDollars(bill.lambdaRequests)],
    ['Step Functions', `${count(transitions)} transitions`, inDollars(bill.stepFunctions)],
    ['S3', `${count(puts + lists)} PUT and LIST, ${count(gets)} GET`, inDollars(bill.s3)],
    ['in all', `${count(predicted.shards)} shards`, inDollars(predicted.dollars)],
  ];
  const rows = steps.map((step) => [
    ...[step.step, count(step.shards), count(step.invocations)],
    ...[step.seconds.toFixed(1), count(step.memoryMb), step.gbSeconds.toFixed(1)],
  ]);
  const head = ['step', 'at once', 'invocations', 'seconds', 'memory MB', 'GB-seconds'];
  const basis =
    predicted.after === null
      ? 'Seconds are those of the machine in test/benchmark/results.md, because this client has no earlier run to compare with.'
      : `Seconds are ${predicted.rate.toFixed(2)} times those of test/benchmark/results.md, as they were in run ${predicted.after}.`;
  return [
    ...[table([head, ...rows], [1, 2, 3, 4, 5]), '', table(lines, [2]), '', `${basis} Prices: docs/cost.md.`],
    ...(predicted.outdated === null ? [] : [`The cost was ${predicted.outdated}.`]),
  ].join('\n');
}
