/**
 * `offline report --client C [--from D --to D] [--output FILE]` writes one HTML page about a client's days: what came in, what was
 * made, how good it is, what changed, and what it cost.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { JOBS } from '../../functions/index.ts';
import { filesAt } from '../../shared/catalogue/files-at.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { factsOf } from '../../shared/config/settings.ts';
import { UsageError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { clientNameProblem } from '../../shared/model/client-name.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { itemsPathOf } from '../../shared/report/items-path.ts';
import { newestDay } from '../../shared/report/newest-day.ts';
import { firstDayOf, makeReport } from '../../shared/report/report.ts';
import { fileError } from '../../shared/store/file-errors.ts';
import { reportKey } from '../../shared/store/keys.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { checkKnownClient } from '../known-client.ts';
import { sharedOutputRoot } from '../local/shared-roots.ts';
import { absoluteLocation, callersFolder, configRootOf, dayOption } from '../options.ts';
import { writeResult } from '../report.ts';

interface Options {
  readonly client: string;
  readonly from?: number;
  readonly to?: number;
  readonly output?: string;
  readonly env?: string;
  readonly outputPath?: string;
  readonly itemsPath?: string;
  readonly zookeeper?: string;
  readonly configRoot?: string;
  readonly examples: boolean;
  readonly json?: boolean;
}

/** The result of the command. */
interface Written {
  readonly client: string;
  readonly from: number;
  readonly to: number;
  readonly file: string;
  readonly bytes: number;
}

export function reportCommand(): Command {
  return new Command('report')
    .description("write one HTML page about a client's days: input, models, quality, changes, cost")
    .requiredOption('--client <name>', 'the client')
    .option(
      '--from <day>',
      'first day of the charts: 2011-12-09, 20111209 or 15317 (default: 27 days before --to)',
      dayOption,
    )
    .option('--to <day>', 'the day that the page is about (default: the newest one)', dayOption)
    .option('--output <file>', 'the file; - writes to standard output (default: index.html below report/ in the root)')
    .option('--env <name>', 'the environment that is deployed; without it, an output root is read')
    .option(
      '--output-path <root>',
      'root of the outputs: a folder or s3://bucket/prefix (default: that of the jobs’ nodes)',
    )
    .option('--items-path <location>', 'the catalogue with the names of items (default: that of the jobs’ nodes)')
    .option('--zookeeper <hosts>', 'ZooKeeper hosts, host:port,…: where the jobs’ nodes name the catalogue')
    .option('--config-root <location>', 'a folder or s3:// prefix that stands for ZooKeeper')
    .option('--no-examples', 'leave out rejected lines and recommendations of users')
    .action(report);
}

async function report(options: Options): Promise<void> {
  const { client, env, output, json, examples: withExamples } = options;
  const problem = clientNameProblem(client);
  if (problem !== undefined) throw new UsageError(`no client can be called ${JSON.stringify(client)}: ${problem}`);
  if (env !== undefined && output === undefined) throw new UsageError('--env needs --output: which file?');
  await checkKnownClient(client, configRootOf(options).configRoot);
  const store = await openStore(await rootOf(options));
  const to = options.to ?? (await newestDay(store, client)) ?? Math.floor(Date.now() / MS_PER_DAY);
  const from = options.from ?? firstDayOf(to);
  if (to < from) throw new UsageError(`--to ${dayInWords(to)} is before --from ${dayInWords(from)}`);
  const itemsPath = await catalogueOf(options);
  const page = await makeReport(store, { client, from, to, jobs: JOBS, itemsPath, withExamples }, openStore);
  if (output === '-') {
    process.stdout.write(page);
    return;
  }
  const file = output === undefined ? `${store.root}/${reportKey(client, to)}` : resolve(callersFolder(), output);
  if (output === undefined) await store.put(reportKey(client, to), page);
  else writePage(file, page);
  const written: Written = { client, from, to, file, bytes: Buffer.byteLength(page) };
  writeResult(written, json, () => `the report of ${client}, day ${dayInWords(to)}: ${file}\n`);
}

async function rootOf(options: Options): Promise<string> {
  const { env, outputPath } = options;
  if (env === undefined) {
    const root = outputPath ?? (await rootOfNodes(options)) ?? String(factsOf(commonSettings.outputPath).default);
    return absoluteLocation(root);
  }
  if (outputPath !== undefined) {
    throw new UsageError('--output-path is for a root without --env: leave one of them out');
  }
  const { remoteOnAws } = await import('../remote/aws.ts');
  return remoteOnAws(env).outputRoot();
}

/** Returns the root of outputs that the client's nodes name, if there is one. */
async function rootOfNodes(options: Options): Promise<string | undefined> {
  const { configRoot } = configRootOf(options);
  if (configRoot === undefined) return undefined;
  return sharedOutputRoot(JOBS, { client: options.client, configRoot }, openConfigRoot);
}

/** Returns the catalogue that has the names of the items; undefined when none is given and no node names one. @throws NoInputError */
async function catalogueOf(options: Options): Promise<string | undefined> {
  if (options.itemsPath !== undefined) {
    const location = absoluteLocation(options.itemsPath);
    await filesAt('--items-path', location, openStore);
    return location;
  }
  const { configRoot } = configRootOf(options);
  if (configRoot === undefined || !options.examples) return undefined;
  await using root = await openConfigRoot(configRoot);
  return itemsPathOf(root, options.client, JOBS);
}

/** @throws UsageError naming the file when it cannot be written */
function writePage(file: string, page: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, page);
  } catch (error) {
    throw fileError(error, 'writing', file);
  }
}
