/**
 * The commands on live models as requests and answers: what the command line asks here, and what the function `models` of a
 * deployed pipeline is asked, which alone reaches ZooKeeper there.
 */
import * as z from 'zod';
import { ALL_CLIENTS, configNode } from '../activation/nodes.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import { FolderConfigRoot } from '../config/folder-config-root.ts';
import { readConfig } from '../config/read-config.ts';
import { factsOf } from '../config/settings.ts';
import { ConfigError, DamagedObjectError, DatabaseError, DatabaseUnavailableError, UsageError } from '../errors.ts';
import type { HandlerEnvironment } from '../job/configure.ts';
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import type { JsonValue } from '../json.ts';
import type { ReaderScheme } from '../store/location.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { versionJudge } from '../verdict/judge-version.ts';
import { GATES, type Gate } from '../verdict/verdict.ts';
import { activateVersion, type CommandPlace, type CommandResult, holdNode, releaseNode, rollBack } from './commands.ts';
import { futureInWords } from './decide.ts';
import { completeHistory, historyJson, nextSeq, readHistory } from './history.ts';
import { readLive, rootHash, settle } from './live-node.ts';
import type { LiveTable } from './live-table.ts';
import { type ModelRow, modelRow } from './models.ts';
import { activateTable, holdTable, releaseTable, rollBackTable, type TableCommandOptions } from './table-commands.ts';
import { modelOf, type TablePlace, tableHold, tableState } from './table-state.ts';

/** What is asked for. */
export interface LiveRequest {
  readonly command: 'models' | 'activate' | 'rollback' | 'hold' | 'release' | 'history';
  /** All clients where a list is asked for without one. */
  readonly client?: string;
  readonly job?: string;
  /** Days since 1970-01-01 UTC: of `activate`, as `run`; one of the two. */
  readonly day?: number;
  readonly run?: string;
  readonly because?: string;
  /** What the verdict on a model that is activated must at least have been made under; `enforce` where it is left out. */
  readonly gate?: Gate;
}

export interface LiveAnswer {
  readonly result: JsonValue;
  readonly warnings: readonly string[];
}

/** Where models and configurations are. */
export interface LiveEnvironment extends Pick<HandlerEnvironment, 'openStore' | 'openConfigRoot'> {
  readonly configRoot: string | undefined;
  /** Win over the clients' nodes: the roots, and for a table its database. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly jobs: readonly AnyJob[];
  readonly now?: () => Date;
}

/** @throws UsageError for a request that is none; NotActivatedError and others as the commands do */
export async function answer(request: LiveRequest, environment: LiveEnvironment): Promise<LiveAnswer> {
  await using root = await openRootFor(request, environment);
  const warnings: string[] = [];
  if (request.command === 'models') {
    return { result: await rows(root, request.client, environment, warnings), warnings };
  }
  const job = jobOf(request, environment);
  if (request.client === undefined) throw new UsageError('whose model? Give --client');
  for (const key of Object.keys(environment.settings)) {
    if (!(key in job.settings.shape))
      throw new UsageError(`${job.name} has no setting '${key}': see offline config ${job.name}`);
  }
  const place = await placeOf(root, request.client, job, environment);
  const because = request.because ?? null;
  const options = environment.now === undefined ? {} : { now: environment.now };
  const judge = versionJudge(job, place, gateOf(request), (warning) => warnings.push(warning));
  if (job.afterPublish?.table !== undefined) {
    const opened = await openTable(job, place);
    if (opened === undefined) {
      throw new ConfigError(
        `${configNode(request.client, job.name)} names no database (jdbc): ${job.name} has nothing live`,
      );
    }
    await using table = opened;
    return await tableAnswer(request, { ...place, table }, job, options, warnings);
  }
  switch (request.command) {
    case 'activate':
      return told(await activateVersion(place, whichOf(request), because, { ...options, judge }), warnings);
    case 'rollback':
      return told(await rollBack(place, because, options), warnings);
    case 'hold':
      return told(await holdNode(place, because, options), warnings);
    case 'release':
      return told(await releaseNode(place, because, options), warnings);
    case 'history':
      return { result: await historyOf(place, environment), warnings };
  }
}

/** A table is its own record, so a command on one needs no root where the database is given by hand. */
async function openRootFor(
  { command, job }: LiveRequest,
  { configRoot, jobs, openConfigRoot }: LiveEnvironment,
): Promise<ConfigRoot> {
  if (configRoot !== undefined) return openConfigRoot(configRoot);
  const isTable = jobs.some((one) => one.name === job && one.afterPublish?.table !== undefined);
  if (command !== 'models' && isTable) return new FolderConfigRoot(new MemoryStore('(none was given)'));
  throw new UsageError('where is it recorded what is live? Give --zookeeper, --config-root or --env');
}

/** The same for a table. */
async function tableAnswer(
  request: LiveRequest,
  place: TablePlace,
  job: AnyJob,
  options: TableCommandOptions,
  warnings: string[],
): Promise<LiveAnswer> {
  const because = request.because ?? null;
  const judge = versionJudge(job, place, gateOf(request), (warning) => warnings.push(warning));
  switch (request.command) {
    case 'activate':
      return told(await activateTable(place, job.writes, whichOf(request), because, { ...options, judge }), warnings);
    case 'rollback':
      return told(await rollBackTable(place, because, options), warnings);
    case 'hold':
      return told(await holdTable(place, because, options), warnings);
    case 'release':
      return told(await releaseTable(place, because, options), warnings);
    default:
      return {
        result: historyJson((await tableState(place, (options.now ?? (() => new Date()))())).history),
        warnings,
      };
  }
}

/** Undefined where the client's configuration names no database. */
async function openTable(job: AnyJob, { tableSettings }: CommandPlaceOfJob): Promise<LiveTable | undefined> {
  const after = job.afterPublish;
  return after?.table !== undefined && after.isWanted(tableSettings) ? after.table(tableSettings) : undefined;
}

const told = ({ live, previous, hold }: CommandResult, warnings: readonly string[]): LiveAnswer => ({
  result: { live, previous, hold },
  warnings,
});

function jobOf({ command, job }: LiveRequest, { jobs }: LiveEnvironment): AnyJob {
  const known = jobs.filter((one) => modelsNodeOf(one) !== undefined);
  const found = known.find(({ name }) => name === job);
  if (found !== undefined) return found;
  throw new UsageError(
    `${command}: no model is ever live of ${job === undefined ? 'no job' : `'${job}'`}: the jobs with models are ${known.map(({ name }) => name).join(', ')}`,
  );
}

function whichOf({ day, run }: LiveRequest): { readonly day: number } | { readonly run: string } {
  if (day !== undefined && run === undefined) return { day };
  if (run !== undefined && day === undefined) return { run };
  throw new UsageError('which model? Give --day or --run, one of them');
}

function gateOf({ gate = 'enforce' }: LiveRequest): Gate {
  if (GATES.includes(gate)) return gate;
  throw new UsageError(`gate is ${JSON.stringify(gate)}: it is one of ${GATES.join(', ')}`);
}

/** The settings that say where a model lies and how it goes live. */
interface Settings {
  readonly outputPath: string;
  readonly activationScheme: ReaderScheme;
  readonly registerClient: boolean;
  readonly keepVersions: number;
}

const NEEDED: readonly string[] = ['outputPath', 'activationScheme', 'registerClient', 'keepVersions'];

interface CommandPlaceOfJob extends CommandPlace {
  /** Of a job that fills a table: what opens it, secrets among them. */
  readonly tableSettings: Readonly<Record<string, unknown>>;
}

async function placeOf(
  root: ConfigRoot,
  client: string,
  job: AnyJob,
  { settings, openStore }: LiveEnvironment,
): Promise<CommandPlaceOfJob> {
  const path = configNode(client, job.name);
  // What else the node says is the runs' business, and need not be right here.
  const shape = job.settings.shape as Readonly<Record<string, z.ZodType>>;
  const secrets = Object.keys(shape).filter((name) => factsOf(shape[name] as z.ZodType).secret);
  const names = job.afterPublish?.table === undefined ? NEEDED : [...NEEDED, ...secrets];
  const needed = names.map((name) => [name, shape[name] as z.ZodType] as const);
  const read = readConfig({
    schema: z.object(Object.fromEntries(needed)),
    jobName: job.name,
    node: { path: `${path} (${root.describe})`, text: (await root.read(path))?.data },
    overrides: Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name))),
  });
  const { outputPath, activationScheme, registerClient, keepVersions } = read.settings as unknown as Settings;
  return {
    root,
    client,
    node: modelsNodeOf(job) as string,
    store: await openStore(outputPath),
    registerClient,
    keepVersions,
    jobFolder: job.writes,
    scheme: activationScheme,
    openStore,
    tableSettings: read.settings,
  };
}

/** Clients ascending, each with its jobs ascending. */
async function rows(
  root: ConfigRoot,
  only: string | undefined,
  environment: LiveEnvironment,
  warnings: string[],
): Promise<ModelRow[]> {
  const clients = only === undefined ? await root.children(ALL_CLIENTS) : [only];
  const jobs = environment.jobs.filter((job) => modelsNodeOf(job) !== undefined);
  const inOrder = jobs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const now = (environment.now ?? (() => new Date()))();
  const found: ModelRow[] = [];
  for (const client of clients) {
    for (const job of inOrder) {
      const row = await rowOf(root, client, job, environment, now, warnings);
      if (row !== undefined) found.push(row);
    }
  }
  return found;
}

/** One client's configuration or documents that cannot be read hide no other client's models. */
async function rowOf(
  root: ConfigRoot,
  client: string,
  job: AnyJob,
  environment: LiveEnvironment,
  now: Date,
  warnings: string[],
): Promise<ModelRow | undefined> {
  try {
    const place = await placeOf(root, client, job, environment);
    const state = await stateOf(job, place, now);
    const odd = futureInWords(state.live, now);
    if (odd !== undefined) warnings.push(`${client}, ${job.name}: ${odd}`);
    return await modelRow(place, job.name, state, now);
  } catch (error) {
    const isItsOwn =
      error instanceof ConfigError ||
      error instanceof DamagedObjectError ||
      error instanceof DatabaseError ||
      error instanceof DatabaseUnavailableError;
    if (!isItsOwn) throw error;
    warnings.push(`${client}, ${job.name}: left out: ${error.message}`);
    return undefined;
  }
}

/** What is live, and whether it is held; nothing is changed. */
async function stateOf(job: AnyJob, place: CommandPlaceOfJob, now: Date) {
  if (job.afterPublish?.table === undefined) {
    const { standing } = await readLive(place, { now });
    return { live: standing.record?.live ?? null, hold: standing.record?.hold ?? null };
  }
  await using table = await openTable(job, place);
  if (table === undefined) return { live: null, hold: null };
  const mark = await table.read(place.client);
  return { live: mark === undefined ? null : modelOf(place, mark), hold: await tableHold({ ...place, table }) };
}

/** Completes the history first: it may lag behind the record. */
async function historyOf(place: CommandPlace, { now = () => new Date() }: LiveEnvironment): Promise<JsonValue> {
  const { store, client, node } = place;
  const context = { now: now(), firstSeq: () => nextSeq(place, rootHash(place.root)) };
  const { standing } = await settle(place, context, AbortSignal.timeout(SETTLE_MS));
  const { record } = standing;
  if (record === undefined) return historyJson(await readHistory(store, client, node, rootHash(place.root)));
  return historyJson(await completeHistory(store, client, node, record));
}

const SETTLE_MS = 25_000;
