/** `offline start --env E --start-day N [--job J --client C]`: starts a day, or one job, in a deployed pipeline. */

import { Command } from 'commander';
import type { Outcome } from '../../functions/day-arrival/arrival.ts';
import { loadJob } from '../../functions/registry.ts';
import { defined } from '../../shared/defined.ts';
import { UsageError } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';
import { dayOption, runInput, wholeNumber } from '../options.ts';
import { startDay, startJob } from '../remote/start.ts';
import { writeResult } from '../report.ts';
import { checkSetKeys } from '../set-keys.ts';

interface Options {
  readonly env: string;
  readonly startDay?: number;
  readonly client?: string;
  readonly job?: string;
  readonly set?: readonly string[];
  readonly shards?: number;
  readonly json?: boolean;
}

export function startCommand(): Command {
  return new Command('start')
    .description('start a day, or one job of a client, in a deployed pipeline')
    .requiredOption('--env <name>', 'the environment that is deployed')
    .option('--start-day <day>', 'the day: 2011-12-09, 20111209 or 15317', dayOption)
    .option('--job <name>', 'this job only')
    .option('--client <name>', 'with --job: the client')
    .option('--set <key=value>', 'with --job: a setting (repeatable)', (value: string, before: string[] = []) => [
      ...before,
      value,
    ])
    .option('--shards <n>', 'with --job: number of shards of each step', wholeNumber)
    .action(async (options: Options) => {
      const { remoteOnAws } = await import('../remote/aws.ts');
      const remote = remoteOnAws(options.env);
      const outcome =
        options.job === undefined ? await startDay(remote, wholeDay(options)) : await startOne(remote, options);
      writeResult(outcome, options.json, () => `${inWords(outcome, options.env)}\n`);
    });
}

function wholeDay({ startDay, client, set, shards }: Options): number {
  if (startDay === undefined) throw new UsageError('which day? Give --start-day');
  if (client === undefined && set === undefined && shards === undefined) return startDay;
  throw new UsageError(
    '--client, --set and --shards are for one job: give --job too, or leave them out to start the whole day',
  );
}

async function startOne(remote: Parameters<typeof startJob>[0], options: Options): Promise<Outcome> {
  const job = await loadJob(options.job as string);
  if (job.scope === 'client' && options.client === undefined)
    throw new UsageError(`${job.name} runs for one client: give --client`);
  checkSetKeys([job], options.set);
  const { settings = {} } = runInput(undefined, options.set === undefined ? {} : { set: options.set });
  return startJob(
    remote,
    job,
    defined({
      client: options.client,
      settings: { ...settings, ...defined<Record<string, JsonValue>>({ startDay: options.startDay }) },
      shards: options.shards,
      requestedAt: new Date().toISOString(),
    }),
  );
}

function inWords(outcome: Outcome, env: string): string {
  if (outcome.kind === 'nothing') return `nothing to do: ${outcome.why}`;
  const started = { run: 'started', joined: 'running already', waiting: 'waiting for its logs to settle' }[
    outcome.kind
  ];
  return `${outcome.name}: ${started}\noffline status --env ${env} shows how it is doing`;
}
