/**
 * `offline cost [--from D] [--to D]` says what the runs of an output root have cost so far. With `--env E` the root is that of
 * a deployed pipeline. Nothing is written.
 */
import { Command } from 'commander';
import { JOBS } from '../../functions/index.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { factsOf } from '../../shared/config/settings.ts';
import { readSpent } from '../../shared/cost/read-spent.ts';
import { UsageError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { absoluteLocation, dayOption } from '../options.ts';
import { writeResult } from '../report.ts';
import { costReport, costText } from '../report-cost.ts';

interface Options {
  readonly env?: string;
  readonly outputPath?: string;
  readonly client?: string;
  readonly from?: number;
  readonly to?: number;
  readonly json?: boolean;
}

export function costCommand(): Command {
  return new Command('cost')
    .description('show what days, clients and jobs have cost so far, by the accounts of their runs')
    .option('--env <name>', 'the environment that is deployed; without it, an output root is read')
    .option('--output-path <root>', 'root of the outputs: a folder or s3://bucket/prefix')
    .option('--client <name>', 'this client only')
    .option('--from <day>', 'first day: 2011-12-09, 20111209 or 15317', dayOption)
    .option('--to <day>', 'last day', dayOption)
    .action(async (options: Options) => {
      const { client, from, to, json } = options;
      if (from !== undefined && to !== undefined && to < from) {
        throw new UsageError(`--to ${dayInWords(to)} is before --from ${dayInWords(from)}`);
      }
      const store = await openStore(await rootOf(options));
      const spent = await readSpent(store, JOBS, { client, from, to });
      writeResult(costReport(spent, { root: store.root, client, from, to }), json, costText);
    });
}

async function rootOf({ env, outputPath }: Options): Promise<string> {
  if (env === undefined) return absoluteLocation(outputPath ?? String(factsOf(commonSettings.outputPath).default));
  if (outputPath !== undefined)
    throw new UsageError('--output-path is for a root without --env: leave one of them out');
  const { remoteOnAws } = await import('../remote/aws.ts');
  return remoteOnAws(env).outputRoot();
}
