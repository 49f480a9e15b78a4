/** The options of commands that run days of all clients on this machine, and the request that they make. */
import type { Command } from 'commander';
import { checkPlaceholders } from '../functions/group-actions/input-pattern.ts';
import { groupActions } from '../functions/group-actions/job.ts';
import { JOBS, jobNamed } from '../functions/index.ts';
import { ALL_CLIENTS, configFolder } from '../shared/activation/nodes.ts';
import { daysOf } from '../shared/answers/window.ts';
import { openConfigRoot } from '../shared/config/open-config-root.ts';
import { defined } from '../shared/defined.ts';
import { UsageError } from '../shared/errors.ts';
import { dayInWords } from '../shared/in-words.ts';
import { jobsOfDay } from '../shared/job/day-order.ts';
import type { AnyJob } from '../shared/job/job.ts';
import { checkKnownClient } from './known-client.ts';
import type { ClientsDays } from './local/clients-day.ts';
import { rootsOfClients } from './local/shared-roots.ts';
import { absoluteLocation, type ConfigOptions, collect, configRootOf, runInput, withPoolOptions } from './options.ts';
import { checkKeys, checkSetKeys } from './set-keys.ts';

export interface DaysOptions {
  readonly inputPathPattern?: string;
  readonly outputPath?: string;
  readonly zookeeper?: string;
  readonly configRoot?: string;
  readonly client?: string;
  readonly jobs?: string;
  readonly days?: string;
  readonly ids?: string;
  readonly set?: readonly string[];
  readonly shards?: number;
  readonly workers: number;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** Adds the options but those for the pattern and the days. */
export const withDaysOptions = (command: Command): Command =>
  withPoolOptions(
    command
      .option('--output-path <root>', 'the root of actions and models (default: the one that all jobs’ nodes name)')
      .option('--zookeeper <hosts>', 'ZooKeeper hosts, host:port,…: configuration and activation')
      .option('--config-root <location>', 'a folder or s3:// prefix that stands for ZooKeeper')
      .option('--client <names>', 'these clients only, separated by commas')
      .option('--jobs <names>', 'of the enabled jobs these only, separated by commas')
      .option('--days <n>', 'number of days read by the jobs that read actions, counted backwards')
      .option('--ids <way>', 'of the grouping: given, or assign to make ids of the client’s own texts')
      .option('--set <key=value>', 'a setting, for the jobs that know it; wins over the nodes (repeatable)', collect),
  );

/** Returns the days from `from` to `to`, both included. @throws UsageError when there is none */
export function daysBetween(from: number, to: number): number[] {
  if (to < from) throw new UsageError(`--to ${dayInWords(to)} is before --from ${dayInWords(from)}`);
  return daysOf({ from, to });
}

/** Returns the names in a list that is separated by commas, each once. */
export const namesIn = (list: string | undefined): string[] | undefined =>
  list === undefined ? undefined : [...new Set(list.split(',').map((name) => name.trim()))];

/** Checks the options before anything is read or written. @throws UsageError, UnknownClientError */
export async function daysRequest(options: DaysOptions): Promise<ClientsDays> {
  const { inputPathPattern, outputPath, shards, set, days, ids } = options;
  const { configRoot } = configRootOf(options);
  const clients = namesIn(options.client);
  const jobs = namesIn(options.jobs)?.map(jobNamed);
  if (configRoot === undefined && jobs === undefined) {
    throw new UsageError(
      'which jobs? Give --zookeeper or --config-root, to run the jobs that have a node there; or give --jobs',
    );
  }
  if (inputPathPattern !== undefined) checkPlaceholders(inputPathPattern);
  for (const client of clients ?? []) await checkKnownClient(client, configRoot);
  const able = set === undefined && days === undefined ? [] : await jobsThatRun(clients, jobs, configRoot);
  if (set !== undefined) checkSetKeys(inputPathPattern === undefined ? able : [groupActions, ...able], set);
  if (days !== undefined) checkKeys(able, { days }, '--days');
  if (ids !== undefined) {
    if (inputPathPattern === undefined) throw new UsageError('--ids is for the grouping: give --input-path-pattern');
    checkKeys([groupActions], { ids }, '--ids');
  }
  const { settings = {} } = runInput(undefined, defined<ConfigOptions>({ set, days }), JOBS);
  const root = absoluteLocation(outputPath ?? (await rootOfNodes(clients, configRoot)));
  return { inputPathPattern, root, configRoot, clients, jobs, settings: { ...settings, ...defined({ ids }) }, shards };
}

/** Returns the jobs that are enabled for one of the clients at least. Without a configuration root all named jobs run. */
async function jobsThatRun(
  clients: readonly string[] | undefined,
  jobs: readonly AnyJob[] | undefined,
  configRoot: string | undefined,
): Promise<readonly AnyJob[]> {
  if (configRoot === undefined) return jobs ?? [];
  await using root = await openConfigRoot(configRoot);
  const enabled = new Set<AnyJob>();
  for (const client of clients ?? (await root.children(ALL_CLIENTS))) {
    for (const job of jobsOfDay(JOBS, new Set(await root.children(configFolder(client))))) enabled.add(job);
  }
  return JOBS.filter((job) => enabled.has(job) && (jobs?.includes(job) ?? true));
}

/**
 * Returns the root of outputs that the nodes of the clients' jobs name.
 * @param clients undefined: all clients of the configuration root
 * @throws UsageError when the nodes name no root, or several
 */
export async function rootOfNodes(
  clients: readonly string[] | undefined,
  configRoot: string | undefined,
): Promise<string> {
  if (configRoot === undefined) throw new UsageError('which root? Give --output-path, the root of actions and models');
  await using root = await openConfigRoot(configRoot);
  const asked = clients ?? (await root.children(ALL_CLIENTS));
  const roots = await rootsOfClients(asked, clientJobs, configRoot, openConfigRoot);
  if (roots.length === 1) return roots[0]!;
  const found =
    roots.length === 0 ? 'no node of a job names a root' : `the nodes name several roots: ${roots.join(', ')}`;
  throw new UsageError(`which root? ${found}. Give --output-path, the one root of actions and models`);
}

const clientJobs: readonly AnyJob[] = JOBS.filter(({ scope }) => scope === 'client');
