/** `offline export <job> --client C --to DIR|s3://… --format F` writes a published output as tables that other programs read. */
import { Command, Option } from 'commander';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { factsOf } from '../../shared/config/settings.ts';
import { UsageError } from '../../shared/errors.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { liveModelOf } from '../../shared/live/live-node.ts';
import { findOutput, type OutputRequest, type PublishedOutput } from '../../shared/live/published-output.ts';
import { clientNameProblem } from '../../shared/model/client-name.ts';
import { openStore } from '../../shared/store/open-store.ts';
import type { Store } from '../../shared/store/store.ts';
import { ClientTexts, withoutTextInWords } from '../../shared/tables/client-texts.ts';
import { FORMATS, type Format, tablesFor } from '../../shared/tables/export-tables.ts';
import { exportOutput } from '../export-output.ts';
import { checkKnownClient } from '../known-client.ts';
import { sharedOutputRoot } from '../local/shared-roots.ts';
import { absoluteLocation, type ConfigOptions, configRootOf, dayOption, withJobArgument } from '../options.ts';
import { writeResult } from '../report.ts';
import { exportReport } from '../report-export.ts';
import { warn } from '../warnings.ts';

interface Options extends Pick<ConfigOptions, 'zookeeper' | 'configRoot' | 'inputPath' | 'outputPath'> {
  readonly client: string;
  readonly to: string;
  readonly format: Format;
  readonly day?: number;
  readonly run?: string;
  readonly clientIds?: boolean;
  readonly env?: string;
  readonly json?: boolean;
}

export function exportCommand(): Command {
  return withJobArgument(
    new Command('export').description(
      'write a published model as tables for other programs: CSV, NDJSON, Parquet, npy',
    ),
  )
    .requiredOption('--client <name>', 'the client')
    .requiredOption('--to <place>', 'a new or empty folder or s3:// prefix, or that of an earlier export of this job')
    .addOption(
      new Option('--format <format>', 'the format of the files; npy is for vectors')
        .choices(FORMATS)
        .makeOptionMandatory(),
    )
    .option(
      '--day <day>',
      'the day of the model: 2011-12-09, 20111209 or 15317 (default: that of the live model, else the newest)',
      dayOption,
    )
    .option('--run <id>', 'the model of this run')
    .option('--client-ids', 'users and items as the client’s own ids, which are texts')
    .option('--env <name>', 'the environment that is deployed; without it, an output root is read')
    .option(
      '--output-path <root>',
      'root of the outputs: a folder or s3://bucket/prefix (default: that of the jobs’ nodes)',
    )
    .option('--input-path <root>', 'root of the actions, for --client-ids (default: the root of the outputs)')
    .option('--zookeeper <hosts>', 'ZooKeeper hosts, host:port,…: what is live')
    .option('--config-root <location>', 'a folder or s3:// prefix that stands for ZooKeeper')
    .action(exportModel);
}

async function exportModel(name: string, options: Options): Promise<void> {
  const { client, format, day, run, clientIds = false, json } = options;
  const problem = clientNameProblem(client);
  if (problem !== undefined) throw new UsageError(`no client can be called ${JSON.stringify(client)}: ${problem}`);
  if (day !== undefined && run !== undefined) throw new UsageError('which model? Give either --day or --run');
  const job = jobNamed(name);
  const tables = tablesFor(job, format, JOBS);
  const to = absoluteLocation(options.to);
  const { configRoot } = configRootOf(options);
  await checkKnownClient(client, configRoot);
  const store = await openStore(await rootOf(options, configRoot));
  checkBeside(to, store.root, client);
  const live = liveIn(configRoot, job, client);
  const output = await findOutput({ job, client, store, openStore, live, day, run, now: new Date(), warn });
  const texts = clientIds ? await textsOf(options, job, store, output) : undefined;
  const result = await exportOutput({ job, client, output, tables, format, texts, to });
  const without = texts && withoutTextInWords(texts, output.day);
  if (without !== undefined) warn(without);
  writeResult(result, json, exportReport);
}

/**
 * An export among the outputs of a client would be taken for one of them.
 * @throws UsageError
 */
function checkBeside(to: string, root: string, client: string): void {
  if (!`${to}/`.startsWith(`${root}/${client}/`)) return;
  throw new UsageError(
    `${to} is among the outputs of ${client} in ${root}, where jobs and servers look for models: give --to a folder outside of it`,
  );
}

/** Returns what reads the live model from a configuration root. The rows of a table are in a database, which is not opened here. */
function liveIn(configRoot: string | undefined, { activates }: AnyJob, client: string): OutputRequest['live'] {
  if (configRoot === undefined || activates === undefined) return undefined;
  return async () => {
    await using root = await openConfigRoot(configRoot);
    return liveModelOf({ root, client, node: activates }, new Date());
  };
}

async function textsOf(
  { client, inputPath }: Options,
  job: AnyJob,
  store: Store,
  output: PublishedOutput,
): Promise<ClientTexts> {
  const inputs = inputPath === undefined ? store : await openStore(absoluteLocation(inputPath));
  return ClientTexts.read({ inputs, client, job, jobs: JOBS }, output);
}

async function rootOf({ client, env, outputPath }: Options, configRoot: string | undefined): Promise<string> {
  if (env === undefined) {
    const named = configRoot && (await sharedOutputRoot(JOBS, { client, configRoot }, openConfigRoot));
    return absoluteLocation(outputPath ?? named ?? String(factsOf(commonSettings.outputPath).default));
  }
  if (outputPath !== undefined || configRoot !== undefined) {
    throw new UsageError(
      '--env names a deployed pipeline, which knows its roots: leave out --output-path, --zookeeper and --config-root',
    );
  }
  const { remoteOnAws } = await import('../remote/aws.ts');
  return remoteOnAws(env).outputRoot();
}
