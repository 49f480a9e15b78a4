/**
 * The commands on live models as requests and answers: what the command line asks here, and what the function `models` of a
 * deployed pipeline is asked, which alone reaches ZooKeeper there.
 */
import { configNode } from '../activation/nodes.ts';
import { checkClient } from '../activation/register.ts';
import { type ConfigRoot, DEADLINE_MS } from '../config/config-root.ts';
import { FolderConfigRoot } from '../config/folder-config-root.ts';
import { ConfigError, UsageError } from '../errors.ts';
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import type { JsonValue } from '../json.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { versionJudge } from '../verdict/judge-version.ts';
import { GATES, type Gate } from '../verdict/verdict.ts';
import { type LiveEnvironment, openTable, placeOf } from './command-place.ts';
import { activateVersion, type CommandPlace, type CommandResult, holdNode, releaseNode, rollBack } from './commands.ts';
import { completeHistory, nextSeq, readHistory } from './history.ts';
import { rootHash, settle } from './live-node.ts';
import { modelRows } from './models.ts';
import { activateTable, holdTable, releaseTable, rollBackTable, type TableCommandOptions } from './table-commands.ts';
import { type TablePlace, tableState } from './table-state.ts';

/** A request. */
export type LiveRequest = {
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
};

export type LiveAnswer = {
  readonly result: JsonValue;
  readonly warnings: readonly string[];
};

/** @throws UsageError for a request that is none; UnknownClientError; NotActivatedError and others as the commands do */
export async function answer(request: LiveRequest, environment: LiveEnvironment): Promise<LiveAnswer> {
  await using root = await openRootFor(request, environment);
  const warnings: string[] = [];
  const warn = (warning: string) => {
    if (!warnings.includes(warning)) warnings.push(warning);
  };
  if (request.command === 'models') {
    const rows = await modelRows(root, request.client, environment, warn);
    if (rows.length === 0 && request.client !== undefined) await checkClient(root, request.client, false);
    return { result: rows, warnings };
  }
  const job = jobOf(request, environment);
  if (request.client === undefined) throw new UsageError('whose model? Give --client');
  for (const key of Object.keys(environment.settings)) {
    if (!(key in job.settings.shape))
      throw new UsageError(`${job.name} has no setting '${key}': see offline config ${job.name}`);
  }
  const place = await placeOf(root, request.client, job, environment);
  const because = request.because ?? null;
  const options = {
    judge: versionJudge(job, place, gateOf(request), warn),
    ...(environment.now !== undefined && { now: environment.now }),
    // A damaged history ends what reads it; the others say so, and go on.
    ...(request.command !== 'rollback' && { warn }),
  };
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
      return told(await activateVersion(place, whichOf(request), because, options), warnings);
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
  switch (request.command) {
    case 'activate':
      return told(await activateTable(place, job.writes, whichOf(request), because, options), warnings);
    case 'rollback':
      return told(await rollBackTable(place, because, options), warnings);
    case 'hold':
      return told(await holdTable(place, because, options), warnings);
    case 'release':
      return told(await releaseTable(place, because, options), warnings);
    default: {
      const { now = () => new Date() } = options;
      return { result: (await tableState(place, now())).history, warnings };
    }
  }
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
    `${command}: ${job === undefined ? 'name the job:' : `no model of '${job}' is ever live:`} the jobs with models are ${known.map(({ name }) => name).join(', ')}`,
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

/** Completes the history first: it may lag behind the record. @throws UnknownClientError; DamagedObjectError */
async function historyOf(place: CommandPlace, { now = () => new Date() }: LiveEnvironment): Promise<JsonValue> {
  const { store, client, node } = place;
  const context = { now: now(), firstSeq: () => nextSeq(place, rootHash(place.root)) };
  const { standing } = await settle(place, context, AbortSignal.timeout(DEADLINE_MS));
  const { record } = standing;
  if (record === undefined) {
    const changes = await readHistory(store, client, node, rootHash(place.root));
    if (changes.length === 0) await checkClient(place.root, client, false);
    return changes;
  }
  return await completeHistory(store, client, node, record);
}
