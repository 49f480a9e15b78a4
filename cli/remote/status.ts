/** Reads the status of a day in a deployed pipeline: its clients, their jobs, each job's current step, and the errors. */

import type { DayRecord } from '../../functions/day-arrival/core.ts';
import { clientsOfDay } from '../../functions/day-arrival/daily.ts';
import { attemptFolder, type DayExecution, readJson, recordKey } from '../../functions/day-arrival/day-records.ts';
import { jobFailureInWords, readCause } from '../../functions/day-arrival/failure-words.ts';
import { type FoundRecord, outcomesAmong, type RecordKind, recordsOf } from '../../functions/day-arrival/outcomes.ts';
import { atMost } from '../../shared/at-most.ts';
import { dayInWords } from '../../shared/in-words.ts';
import type { ExecutionStatus } from '../../shared/job/executions.ts';
import { executionName } from '../../shared/job/executions.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { parseDay } from '../../shared/model/day.ts';
import { reportKey } from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';
import { type ExecutionReport, type Progress, type Remote, runInName } from './remote.ts';

/** The status of one job of one client. */
export interface JobStatus {
  /** Null for a job over all clients. */
  readonly client: string | null;
  readonly job: string;
  /** With `blocked` and `notActivated`, the live model stays live. */
  readonly status: 'running' | 'done' | 'failed' | 'skipped' | 'blocked' | 'notActivated';
  /** ISO-8601; null when only the outcome was recorded. */
  readonly started: string | null;
  /** The current step of a running job; null for any other. */
  readonly step: string | null;
  readonly shards: Progress['shards'];
  readonly run: string | null;
  readonly error: { readonly name: string; readonly message: string } | null;
}

export interface DayStatus {
  readonly day: number;
  /** Null for a day without a decision. */
  readonly run: string | null;
  readonly attempt: number;
  readonly status: ExecutionStatus | 'NOT STARTED';
  readonly started: string | null;
  readonly stopped: string | null;
  readonly clients: {
    readonly total: number;
    readonly done: number;
    /** Clients whose jobs are done, but with models that were kept from going live. */
    readonly kept: number;
    readonly failed: number;
  };
  /** Failed jobs first, then running ones, then those that are done. */
  readonly jobs: readonly JobStatus[];
  readonly cause: string | null;
  /** The places of the clients' reports, for the clients whose jobs are listed. */
  readonly reports: readonly string[];
  /** The number of these clients that have no report. The log says why. */
  readonly unreported: number;
}

/** The most clients whose jobs are listed. All clients are counted. */
const CLIENTS_SHOWN = 200;
/** The most executions of each job that are listed: those that run, and those that were started by hand. */
const SHOWN = 100;
/** Reports that are looked for at the same time. */
const READERS = 32;

/** Returns the newest executions of days. */
export async function recentDays(remote: Remote, limit: number): Promise<ExecutionReport[]> {
  return remote.list(await remote.machine('daily'), { limit });
}

/** Returns the status of a day. @param jobs of the registry; those that are not deployed are left out */
export async function dayStatus(
  remote: Remote,
  day: number,
  jobs: readonly AnyJob[],
  output: Store,
): Promise<DayStatus> {
  const deployed = await remote.deployed(jobs);
  const record = (await readJson<DayRecord>(output, recordKey(day)))?.value;
  const found = (await Promise.all(deployed.map((job) => startedJobs(remote, day, job)))).flat();
  if (!record || record.run === null) {
    const clients = { total: 0, done: 0, kept: 0, failed: 0 };
    const nothing = {
      run: null,
      attempt: 0,
      status: 'NOT STARTED',
      started: null,
      stopped: null,
      cause: null,
      reports: [],
      unreported: 0,
    } as const;
    return { day, ...nothing, clients, jobs: inOrder(found) };
  }
  const execution: DayExecution = { day, run: record.run, attempt: record.attempt };
  const name = executionName('daily', day, record.run, record.attempt);
  const report = await remote.describe(await remote.machine('daily'), name);
  const folder = attemptFolder(execution);
  const list = await clientsOfDay(output, execution);
  const records = await recordsOf(output, execution);
  const count = (kind: RecordKind): number => [...records.values()].filter((found) => found.kind === kind).length;
  const recorded = [...(await groupings(deployed, folder, output)), ...(await clientJobs(execution, records, output))];
  const reports = await reportsOf(output, day, [...records.keys()].sort().slice(0, CLIENTS_SHOWN));
  const newer = found.filter(
    ({ started, status }) => status === 'running' || (started ?? '') > (report?.started ?? ''),
  );
  const replaced = new Set(newer.map(placeOf));
  return {
    ...execution,
    status: report?.status ?? 'NOT STARTED',
    started: report?.started ?? null,
    stopped: report?.stopped ?? null,
    cause: report?.cause ?? null,
    reports: reports.filter((place) => place !== undefined),
    unreported: reports.filter((place) => place === undefined).length,
    clients: {
      total: list.length,
      done: count('done'),
      kept: count('kept'),
      failed: count('failed'),
    },
    jobs: inOrder([...recorded.filter((job) => !replaced.has(placeOf(job))), ...newer]),
  };
}

/** Returns the places of the clients' reports of a day; undefined for a client without one. */
const reportsOf = (output: Store, day: number, clients: readonly string[]): Promise<(string | undefined)[]> =>
  atMost(READERS, clients, async (client) => {
    const key = reportKey(client, day);
    return (await output.head(key)) === undefined ? undefined : `${output.root}/${key}`;
  });

const placeOf = ({ client, job }: JobStatus): string => `${client}/${job}`;
const inOrder = (jobs: readonly JobStatus[]): JobStatus[] =>
  ORDER.flatMap((status) => jobs.filter((job) => job.status === status));

/** Returns the jobs over all clients, once the day's clients were read from their outputs. */
async function groupings(jobs: readonly AnyJob[], folder: string, output: Store): Promise<JobStatus[]> {
  const grouped = await readJson<{ readonly run: string }>(output, `${folder}grouped.json`);
  if (grouped === undefined) return [];
  return jobs
    .filter((job) => job.scope === 'logs')
    .map((job) => ({ ...NOTHING, client: null, job: job.name, status: 'done', run: grouped.value.run }));
}

/** Returns the outcomes that the clients' executions have recorded. */
async function clientJobs(
  execution: DayExecution,
  records: ReadonlyMap<string, FoundRecord>,
  output: Store,
): Promise<JobStatus[]> {
  const failed = await outcomesAmong(output, execution, records, 'failed', CLIENTS_SHOWN);
  const kept = await outcomesAmong(output, execution, records, 'kept', CLIENTS_SHOWN);
  const done = await outcomesAmong(output, execution, records, 'done', CLIENTS_SHOWN);
  return [...failed, ...kept, ...done].flatMap(({ client, jobs, error }): JobStatus[] => [
    ...(error ? [{ ...NOTHING, client, job: '-', status: 'failed' as const, error }] : []),
    ...Object.entries(jobs).flatMap(([job, outcome]): JobStatus[] => {
      if (outcome.outcome === 'off') return [];
      if (outcome.outcome === 'done') return [{ ...NOTHING, client, job, status: 'done', run: outcome.run }];
      if (outcome.outcome === 'notActivated') {
        const error = { name: 'NotActivated', message: outcome.why };
        return [{ ...NOTHING, client, job, status: 'notActivated', run: outcome.run, error }];
      }
      return [{ ...NOTHING, client, job, status: outcome.outcome, error: outcome.error }];
    }),
  ]);
}

const ORDER: readonly JobStatus['status'][] = ['failed', 'skipped', 'blocked', 'notActivated', 'running', 'done'];
const NOTHING = { started: null, step: null, shards: null, run: null, error: null };

/** Returns the newest execution of a job for each client, among those that run now and those that were started by hand. */
async function startedJobs(remote: Remote, day: number, job: AnyJob): Promise<JobStatus[]> {
  const machine = await remote.machine(job.name);
  const running = await remote.list(machine, { limit: SHOWN, running: true });
  const byHand = await remote.list(machine, { limit: SHOWN, named: `${job.name}-${day}-` });
  const newest = new Map<string | null, ExecutionReport>();
  for (const execution of [...running, ...byHand]) {
    if (isOfEvaluation(execution)) continue;
    const client = clientOf(execution);
    const known = newest.get(client);
    if (isOfDay(execution, day) && (known === undefined || known.started < execution.started)) {
      newest.set(client, execution);
    }
  }
  return Promise.all([...newest.values()].map((execution) => statusOf(remote, day, job, execution)));
}

async function statusOf(remote: Remote, day: number, job: AnyJob, execution: ExecutionReport): Promise<JobStatus> {
  const base = { ...NOTHING, client: clientOf(execution), job: job.name, started: execution.started };
  if (execution.status === 'RUNNING') {
    const { state, shards } = await remote.progress(execution.arn);
    return { ...base, status: 'running', step: state, shards };
  }
  const run = runInName(execution) ?? null;
  if (execution.status === 'SUCCEEDED') return { ...base, status: 'done', run };
  const told = { error: execution.error ?? execution.status, cause: execution.cause ?? '' };
  // The shard that failed may belong to an execution to which this one handed over.
  const { executionArn = execution.arn } = readCause(told);
  const failure = (execution.status === 'FAILED' && (await remote.failureInside(executionArn))) || told;
  const place = `${job.name}${base.client === null ? '' : `, client ${base.client}`}, day ${dayInWords(day)}`;
  return { ...base, status: 'failed', run, error: jobFailureInWords(failure, place) };
}

const clientOf = ({ input }: ExecutionReport): string | null =>
  typeof input.client === 'string' ? input.client : null;

/** True for a run of `offline evaluate` and the like, which writes into a work area and has no part in the day. */
function isOfEvaluation({ input }: ExecutionReport): boolean {
  const { outputPath } = (input.settings ?? {}) as { readonly outputPath?: unknown };
  return typeof outputPath === 'string' && outputPath.includes('/.work/');
}

/** True when the input of a job's execution asks for this day. */
export function isOfDay({ input }: ExecutionReport, day: number): boolean {
  const settings = input.settings as { readonly startDay?: unknown } | undefined;
  const asked = settings?.startDay;
  return (typeof asked === 'string' ? parseDay(asked) : asked) === day;
}
