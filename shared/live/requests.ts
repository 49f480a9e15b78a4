/**
 * The commands on live models as requests and answers in JSON. The command line answers a request itself, or sends it to the
 * function `models` of a deployed pipeline, which can reach the pipeline's ZooKeeper.
 */
import { configNode } from '../activation/nodes.ts';
import { checkClient } from '../activation/register.ts';
import { type ConfigRoot, DEADLINE_MS } from '../config/config-root.ts';
import { FolderConfigRoot } from '../config/folder-config-root.ts';
import { defined } from '../defined.ts';
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
import type { VersionChoice } from './versions.ts';

/** One command on live models. */
export type LiveRequest = {
  readonly command: 'models' | 'activate' | 'rollback' | 'hold' | 'release' | 'history';
  /** The client. Without it, `models` lists all clients. */
  readonly client?: string;
  readonly job?: string;
  /** Days since 1970-01-01 UTC. `activate` takes either `day` or `run`. */
  readonly day?: number;
  readonly run?: string;
  readonly because?: string;
  /** The least strict gate that the model's verdict may come from, for `activate`; `enforce` by default. */
  readonly gate?: Gate;
};

export type LiveAnswer = {
  readonly result: JsonValue;
  readonly warnings: readonly string[];
};

/** Does what a request asks. @throws UsageError for a wrong request; UnknownClientError; every error of the commands */
export async function answerRequest(request: LiveRequest, environment: LiveEnvironment): Promise<LiveAnswer> {
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
  const options = defined<TableCommandOptions>({
    judge: versionJudge(job, place, { gate: gateOf(request), gateQuality: place.gateQuality }, warn),
    now: environment.now,
    // A rollback needs the history, so a damaged one is an error. The other commands warn and continue.
    warn: request.command !== 'rollback' ? warn : undefined,
  });
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
      return answerOf(await activateVersion(place, choiceOf(request), because, options), warnings);
    case 'rollback':
      return answerOf(await rollBack(place, because, options), warnings);
    case 'hold':
      return answerOf(await holdNode(place, because, options), warnings);
    case 'release':
      return answerOf(await releaseNode(place, because, options), warnings);
    case 'history':
      return { result: await historyOf(place, environment), warnings };
  }
}

/** Opens the configuration root. A table records itself what is live, so a command on a table also works without a root. */
async function openRootFor(
  { command, job }: LiveRequest,
  { configRoot, jobs, openConfigRoot }: LiveEnvironment,
): Promise<ConfigRoot> {
  if (configRoot !== undefined) return openConfigRoot(configRoot);
  const isTable = jobs.some((one) => one.name === job && one.afterPublish?.table !== undefined);
  if (command !== 'models' && isTable) return new FolderConfigRoot(new MemoryStore('(none was given)'));
  throw new UsageError('which configuration root? Give --zookeeper, --config-root or --env');
}

/** Answers a request about a table. */
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
      return answerOf(await activateTable(place, job.writes, choiceOf(request), because, options), warnings);
    case 'rollback':
      return answerOf(await rollBackTable(place, because, options), warnings);
    case 'hold':
      return answerOf(await holdTable(place, because, options), warnings);
    case 'release':
      return answerOf(await releaseTable(place, because, options), warnings);
    default: {
      const { now = () => new Date() } = options;
      return { result: (await tableState(place, now())).history, warnings };
    }
  }
}

const answerOf = ({ live, previous, hold }: CommandResult, warnings: readonly string[]): LiveAnswer => ({
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

function choiceOf({ day, run }: LiveRequest): VersionChoice {
  if (day !== undefined && run === undefined) return { day };
  if (run !== undefined && day === undefined) return { run };
  throw new UsageError('which model? Give either --day or --run');
}

function gateOf({ gate = 'enforce' }: LiveRequest): Gate {
  if (GATES.includes(gate)) return gate;
  throw new UsageError(`gate is ${JSON.stringify(gate)}: it is one of ${GATES.join(', ')}`);
}

/**
 * Returns the history after completing it, because it may lag behind the record.
 * @throws UnknownClientError; DamagedObjectError
 */
async function historyOf(place: CommandPlace, { now = () => new Date() }: LiveEnvironment): Promise<JsonValue> {
  const { store, client, node } = place;
  const context = { now: now(), firstSeq: () => nextSeq(place, rootHash(place.root)) };
  const { state } = await settle(place, context, AbortSignal.timeout(DEADLINE_MS));
  const { record } = state;
  if (record === undefined) {
    const changes = await readHistory(store, client, node, rootHash(place.root));
    if (changes.length === 0) await checkClient(place.root, client, false);
    return changes;
  }
  return await completeHistory(store, client, node, record);
}
