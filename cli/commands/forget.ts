/** `offline forget`: lists what holds a user of a client, and with `--apply` removes the user from it for good. */
import { Command } from 'commander';
import { JOBS } from '../../functions/index.ts';
import { runtimeNode } from '../../shared/activation/nodes.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { factsOf } from '../../shared/config/settings.ts';
import { UsageError } from '../../shared/errors.ts';
import { removeForgotten } from '../../shared/forget/change-list.ts';
import { findUsers } from '../../shared/forget/find-users.ts';
import type { Finding, Search } from '../../shared/forget/finding.ts';
import { readForgotten } from '../../shared/forget/forgotten-list.ts';
import { modelsNodeOf } from '../../shared/job/job.ts';
import { formatLocation, parseLocation } from '../../shared/store/location.ts';
import { openStore } from '../../shared/store/open-store.ts';
import type { Store } from '../../shared/store/store.ts';
import { applyForget } from '../forget/apply.ts';
import { findInLogs } from '../forget/raw-logs.ts';
import { userIds, usersOf } from '../forget/users-of.ts';
import { absoluteLocation, collect, configRootOf } from '../options.ts';
import { refusePlaces } from '../remote/own-places.ts';
import { writeResult } from '../report.ts';
import { type ForgetResult, forgetReport, listReport } from '../report-forget.ts';

interface Options {
  readonly client: string;
  readonly user?: readonly string[];
  readonly clientUser?: readonly string[];
  readonly apply?: boolean;
  readonly undo?: boolean;
  readonly list?: boolean;
  readonly unfinished?: boolean;
  readonly outputPath?: string;
  readonly inputPathPattern?: string;
  readonly zookeeper?: string;
  readonly configRoot?: string;
  readonly env?: string;
  readonly json?: boolean;
}

/** Takes the values of an option that has several, and that may come more than once. */
const several = (value: string, before: readonly string[] = []): readonly string[] => collect(value, before);

export const forgetCommand = (): Command =>
  new Command('forget')
    .description('list every object that holds a user of a client, and with --apply forget the user')
    .requiredOption('--client <name>', 'the client')
    .option('--user <id...>', 'the id of a user (repeatable)', several)
    .option('--client-user <text...>', 'a user by the client’s own id (repeatable)', several)
    .option('--apply', 'put the users on the list of forgotten ones, and rewrite or remove what holds them')
    .option('--unfinished', 'remove work areas of unfinished runs too; only while nothing runs')
    .option(
      '--undo',
      'take the users off the list, so that later runs use them again; what was removed does not come back',
    )
    .option('--list', 'show how many users of the client are forgotten')
    .option('--output-path <root>', 'root of the outputs: a folder or s3://bucket/prefix')
    .option('--input-path-pattern <pattern>', 'also search these raw logs, of all grouped days; they are only named')
    .option('--zookeeper <hosts>', 'ZooKeeper hosts, host:port,…: day folders that a node names stay')
    .option('--config-root <location>', 'a folder or s3:// prefix that stands for ZooKeeper')
    .option(
      '--env <name>',
      'the environment that is deployed, whose root is searched with the credentials of this machine',
    )
    .action(forget);

async function forget(options: Options): Promise<void> {
  const { client, json } = options;
  const users = { ids: userIds(options.user ?? []), texts: options.clientUser ?? [] };
  checkUsage(options, users.ids.length + users.texts.length);
  const store = await openStore(await rootOf(options));
  if (options.list === true) {
    const { users: forgotten } = await readForgotten(store, client);
    return writeResult({ client, forgotten: forgotten.length }, json, listReport);
  }
  const { days, ...wanted } = await usersOf(store, client, users);
  if (options.undo === true) {
    const left = await removeForgotten(store, client, wanted.ids);
    return writeResult({ client, forgotten: left }, json, listReport);
  }
  const named = await namedFolders(store, options);
  const search: Search = { store, client, jobs: JOBS, wanted, named, unfinished: options.unfinished === true };
  const logs = await logsOf(options, days, wanted);
  const about = { client, users: [...wanted.ids].sort((a, b) => a - b), root: store.root };
  const say = (words: string): void => void process.stderr.write(`${words}\n`);
  const result: ForgetResult =
    options.apply === true
      ? await applyForget(search, say).then(({ found, left }) => ({
          ...about,
          applied: true,
          found: [...found, ...logs],
          left: [...left, ...logs],
        }))
      : { ...about, applied: false, found: [...(await findUsers(search)), ...logs], left: null };
  writeResult(result, json, forgetReport);
}

/** @throws UsageError for options that exclude each other, and when no user is named */
function checkUsage({ apply, undo, list, env, ...places }: Options, users: number): void {
  if ([apply, undo, list].filter((given) => given === true).length > 1) {
    throw new UsageError('--apply, --undo and --list exclude each other: give one of them');
  }
  if (list !== true && users === 0) {
    throw new UsageError('no user is named: give --user ID or --client-user TEXT');
  }
  if (env !== undefined) refusePlaces(places);
}

async function rootOf({ env, outputPath }: Options): Promise<string> {
  if (env === undefined) return absoluteLocation(outputPath ?? String(factsOf(commonSettings.outputPath).default));
  const { remoteOnAws } = await import('../remote/aws.ts');
  return remoteOnAws(env).outputRoot();
}

async function logsOf(
  { client, inputPathPattern }: Options,
  days: readonly number[],
  wanted: Search['wanted'],
): Promise<Finding[]> {
  return inputPathPattern === undefined ? [] : findInLogs(absoluteLocation(inputPathPattern), days, client, wanted);
}

/** Returns the folders below the root that the client's runtime nodes name. Without a configuration root it knows none. */
async function namedFolders(store: Store, options: Options): Promise<ReadonlySet<string>> {
  const { configRoot } = configRootOf(options);
  const named = new Set<string>();
  if (configRoot === undefined) return named;
  await using root = await openConfigRoot(configRoot);
  const below = `${formatLocation(parseLocation(store.root))}/`;
  for (const job of JOBS) {
    const node = modelsNodeOf(job);
    if (node === undefined || job.activates === undefined) continue;
    const location = (await root.read(runtimeNode(options.client, node)))?.data;
    if (location === undefined || location === '') continue;
    const at = formatLocation(parseLocation(location));
    if (at.startsWith(below)) named.add(`${at.slice(below.length)}/`);
  }
  return named;
}
