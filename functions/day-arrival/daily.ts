/**
 * The functions of the daily machine: they list the day's clients, tell which jobs a client has, and record how the jobs
 * ended. Data goes through the store, below the execution's folder (`day-records.ts`).
 */

import { clientNode, configFolder } from '../../shared/activation/nodes.ts';
import type { ConfigRoot } from '../../shared/config/config-root.ts';
import { defined } from '../../shared/defined.ts';
import { MissingObjectError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import type { HandlerEnvironment } from '../../shared/job/configure.ts';
import { jobsOfDay } from '../../shared/job/day-order.ts';
import type { JobOutcome } from '../../shared/job/day-outcome.ts';
import { readsKey } from '../../shared/job/day-tasks.ts';
import { wholeManifest } from '../../shared/job/folder-state.ts';
import { foldersRead } from '../../shared/job/gather.ts';
import type { AnyJob, Log } from '../../shared/job/job.ts';
import { mainFolder } from '../../shared/job/output-places.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import type { Failure, FailureInside } from '../../shared/job/step-functions.ts';
import type { JsonValue } from '../../shared/json.ts';
import { addressOf } from '../../shared/store/location.ts';
import type { Store } from '../../shared/store/store.ts';
import { groupActions } from '../group-actions/job.ts';
import { JOBS } from '../index.ts';
import { divideClients, mostFoldedActions } from './core-client-lists.ts';
import { type DayJobs, fannedOut, recordedOutcomes } from './day-jobs.ts';
import { CLIENTS_WITH_QUALITY, qualityLinesOf, qualityOfDay, standingsOf } from './day-quality.ts';
import {
  attemptFolder,
  type ClientOutcome,
  type DayExecution,
  type DaySummary,
  openRecord,
  readJson,
  writeJson,
} from './day-records.ts';
import { inWords, jobFailureInWords, readCause } from './failure-words.ts';
import {
  endedClients,
  failedAsideOf,
  openClients,
  outcomesAmong,
  outcomesOf,
  recordsOf,
  warnedOf,
  writeOutcome,
} from './outcomes.ts';
import { failuresOf, keptInWords, keptOf, messageOf, NAMED_FAILURES } from './summary-words.ts';

export interface DailyEnvironment extends Pick<HandlerEnvironment, 'openStore' | 'openConfigRoot' | 'log' | 'build'> {
  /** `dev`, `prod`. */
  readonly name: string;
  readonly outputRoot: string;
  readonly configRoot: string;
  readonly failureInside: FailureInside;
  readonly jobs?: readonly AnyJob[];
}

/**
 * Writes the lists of the day's clients for the Maps to read: the clients with an action that day, divided by the number of
 * actions. After an attempt that failed, an attempt of the sweep takes only the clients whose day may end better.
 */
export async function clients(execution: DayExecution, environment: DailyEnvironment): Promise<JsonValue> {
  const output = await environment.openStore(environment.outputRoot);
  const main = mainFolder(groupActions, undefined, execution.day);
  const manifest = await wholeManifest(output, main);
  if (manifest === undefined) {
    throw new MissingObjectError(
      `${output.root}/${main} is not complete: day ${dayInWords(execution.day)} has not been grouped`,
    );
  }
  const counts = manifest.counts.clients as Readonly<Record<string, { readonly written: number }>>;
  const names = Object.entries(counts).flatMap(([name, { written }]) => (written > 0 ? [name] : []));
  const folder = attemptFolder(execution);
  const taken = (await takesAll(output, execution)) ? names : await openClients(output, before(execution), names);
  const most = mostFoldedActions(environment.jobs ?? JOBS);
  const lists = divideClients(taken, (client) => counts[client]!.written, most);
  await writeJson(output, `${folder}grouped.json`, { run: manifest.run });
  await writeJson(output, `${folder}all-clients.json`, names);
  await writeJson(output, `${folder}clients.json`, taken);
  return {
    folded: await writeList(output, `${folder}folded.json`, lists.folded),
    fannedOut: await writeList(output, `${folder}fanned-out.json`, lists.fannedOut),
  };
}

/** Lists the clients whose day was to be folded and has no record. Their days are fanned out. */
export async function rest(
  execution: DayExecution,
  { openStore, outputRoot, log }: DailyEnvironment,
): Promise<JsonValue> {
  const output = await openStore(outputRoot);
  const folder = attemptFolder(execution);
  const folded = (await readJson<readonly string[]>(output, `${folder}folded.json`))?.value ?? [];
  const ended = new Set(await endedClients(output, execution));
  const left = folded.filter((client) => !ended.has(client));
  const { day, run } = execution;
  log('info', `${left.length} of ${folded.length} clients whose day was to be folded are fanned out`, { day, run });
  return {
    folded: { ...addressOf(output, `${folder}folded.json`), count: 0 },
    fannedOut: await writeList(output, `${folder}rest.json`, left),
  };
}

/** Writes a list of clients for a Map to read. Returns its place. */
async function writeList(output: Store, key: string, clients: readonly string[]): Promise<Record<string, JsonValue>> {
  await writeJson(output, key, clients);
  return { ...addressOf(output, key), count: clients.length };
}

/** True when an attempt takes every client: always, unless the day's record says otherwise. */
async function takesAll(output: Store, { day, run, attempt }: DayExecution): Promise<boolean> {
  const { record } = await openRecord(output, day);
  return attempt === 1 || record.run !== run || record.attempt !== attempt || record.takes !== 'open';
}

const before = ({ run, attempt }: DayExecution) => ({ run, attempt: attempt - 1 });

/** Returns the names of the nodes of a client's jobs. A client without any gets a warning, because nothing is done for it. */
export async function nodesOf(client: string, root: ConfigRoot, log: Log): Promise<ReadonlySet<string>> {
  const nodes = new Set(await root.children(configFolder(client)));
  if (nodes.size === 0) {
    log('warn', `${root.describe} has no job for client ${client} below ${clientNode(client)}`, { client });
  }
  return nodes;
}

/**
 * The jobs that a client has (`jobsOfDay`). Job → true when it is one of them. For a job whose settings decide which job
 * folders it reads, `readsKey(job)` → folder → true when it reads it.
 */
export async function enabled(client: string, environment: DailyEnvironment): Promise<JsonValue> {
  const { configRoot, openConfigRoot, log } = environment;
  await using root = await openConfigRoot(configRoot);
  const nodes = await nodesOf(client, root, log);
  const jobs = environment.jobs ?? JOBS;
  const enabledJobs = jobsOfDay(jobs, nodes);
  const answer: Record<string, JsonValue> = {};
  for (const job of jobs) {
    if (job.scope !== 'client') continue;
    const isEnabled = enabledJobs.includes(job);
    answer[job.name] = isEnabled;
    if (job.inputs.foldersOf === undefined) continue;
    // The machine looks at this key for every job, also for one that is off.
    const read = isEnabled ? await foldersRead(job, { client, configRoot }, openConfigRoot) : [];
    answer[readsKey(job)] = Object.fromEntries(job.inputs.folders.map((folder) => [folder, read.includes(folder)]));
  }
  return answer;
}

export interface FailedJob {
  readonly day: number;
  readonly job: string;
  readonly client?: string;
  /** The error as a Catch of Step Functions gives it. The cause of a nested execution is its description, as JSON. */
  readonly error: { readonly Error: string; readonly Cause: string };
}

/** Says why a job's execution failed, in one line that names client, job, step and shard. */
export async function explain(
  { day, job, client, error }: FailedJob,
  { failureInside }: DailyEnvironment,
): Promise<JsonValue> {
  const failure = readCause({ error: error.Error, cause: error.Cause });
  const inside = failure.executionArn === undefined ? undefined : await lookInside(failure.executionArn, failureInside);
  const place = [job, ...(client === undefined ? [] : [`client ${client}`]), `day ${dayInWords(day)}`].join(', ');
  return inside instanceof Error
    ? jobFailureInWords(failure, place, inside)
    : jobFailureInWords(inside ?? failure, place);
}

/** Returns the error of the shard that failed. When it cannot be read, returns why, so that the rest is still reported. */
async function lookInside(executionArn: string, failureInside: FailureInside): Promise<Failure | Error | undefined> {
  try {
    return await failureInside(executionArn);
  } catch (error) {
    return thrownError(error);
  }
}

export interface RecordRequest extends DayExecution {
  readonly client: string;
  /** Wave → job → its outcome. */
  readonly waves?: Readonly<Record<string, Readonly<Record<string, JobOutcome>>>>;
  /** The jobs of a folded day, after Activate. */
  readonly folded?: DayJobs;
  /** Why the client's jobs were not started. */
  readonly error?: FailedJob['error'];
}

/** Records how a client's day ended. A folded day has no record until all of its jobs have ended. */
export async function record(request: RecordRequest, environment: DailyEnvironment): Promise<JsonValue> {
  const { client, day, run, waves = {}, folded, error } = request;
  const open = fannedOut(folded ?? {});
  if (open.length > 0) {
    for (const [job, why] of open) environment.log('info', `${job} is fanned out: ${why}`, { client, day, run, job });
    return {};
  }
  const output = await environment.openStore(environment.outputRoot);
  const found: Record<string, JobOutcome> =
    folded === undefined
      ? Object.assign({}, ...Object.values(waves))
      : recordedOutcomes(folded, environment.jobs ?? JOBS);
  const outcome: ClientOutcome = defined({
    client,
    jobs: outcomesOf(found, environment.jobs ?? JOBS),
    error: error
      ? inWords({ error: error.Error, cause: error.Cause }, `client ${client}, day ${dayInWords(day)}`)
      : undefined,
    quality: await qualityOfDay(output, client, day, (words) => environment.log('warn', words, { client, day })),
  });
  await writeOutcome(output, request, outcome);
  return {};
}

/** The answer of `summary`. */
export type DayCounts = {
  readonly whole: boolean;
  readonly clients: number;
  readonly failed: number;
  readonly kept: number;
  /** Jobs that failed while the day is done without them. */
  readonly failedAside: number;
  readonly warned: number;
  readonly message: string;
};

/** Sums up how all clients' days ended. `message` says in a few lines what failed. */
export async function summary(execution: DayExecution, environment: DailyEnvironment): Promise<DayCounts> {
  const output = await environment.openStore(environment.outputRoot);
  const folder = attemptFolder(execution);
  const list = await clientsOfDay(output, execution);
  const records = await recordsOf(output, execution);
  const outcomes = await outcomesAmong(output, execution, records, 'failed');
  const kept = await outcomesAmong(output, execution, records, 'kept');
  const missing = list.filter((client) => !records.has(client));
  const { day, run, attempt } = execution;
  const failures = [
    ...outcomes.flatMap(failuresOf),
    ...missing.map((client) => `client ${client}, day ${dayInWords(day)}: its execution ended without a record`),
  ];
  const failed = outcomes.length + missing.length;
  const keptModels = [...kept, ...outcomes].flatMap(keptOf);
  const noted = [...records.keys()].sort().flatMap((client) => records.get(client)?.outcome ?? []);
  const warned = noted.flatMap(warnedOf);
  const failedAside = noted.flatMap(failedAsideOf);
  const done = await outcomesAmong(output, execution, records, 'done', CLIENTS_WITH_QUALITY);
  const quality = [...done, ...kept, ...outcomes].slice(0, CLIENTS_WITH_QUALITY).flatMap(qualityLinesOf);
  const standings = noted.flatMap(standingsOf);
  const result: DaySummary = {
    day,
    run,
    attempt,
    clients: list.length,
    failed,
    missing,
    failures,
    kept: keptModels,
    failedAside,
    warned,
    quality,
    standings,
  };
  const key = `${folder}summary.json`;
  await writeJson(output, key, result);
  const ended =
    failed === 0
      ? `day ${dayInWords(day)}: ${list.length} clients done${keptModels.length === 0 ? '' : `, ${keptInWords(result, `${output.root}/${key}`)}`}`
      : messageOf(result, `${output.root}/${key}`, environment.name);
  const message = [ended, ...standings.slice(0, NAMED_FAILURES)].join('\n');
  for (const line of quality.slice(0, NAMED_FAILURES)) environment.log('info', line, { day, run });
  for (const line of failedAside.slice(0, NAMED_FAILURES)) environment.log('warn', line, { day, run });
  for (const line of warned.slice(0, NAMED_FAILURES)) environment.log('warn', line, { day, run });
  const fields = { day, run, modelsKept: keptModels.length };
  environment.log(failed === 0 && keptModels.length === 0 ? 'info' : 'warn', message, fields);
  return {
    whole: failed === 0,
    clients: list.length,
    failed,
    kept: keptModels.length,
    failedAside: failedAside.length,
    warned: warned.length,
    message,
  };
}

/** Returns all clients of a day, also those that its last attempt did not take. */
export async function clientsOfDay(output: Store, execution: DayExecution): Promise<readonly string[]> {
  const folder = attemptFolder(execution);
  const all = await readJson<readonly string[]>(output, `${folder}all-clients.json`);
  // An attempt by an older version has one list, and took all clients.
  return (all ?? (await readJson<readonly string[]>(output, `${folder}clients.json`)))?.value ?? [];
}
