/** A day of a deployed pipeline at a glance: its clients, their jobs, the step each is at, and what went wrong. */

import type { DayRecord } from '../../functions/day-arrival/core.ts';
import { readOutcomes, recordedClients } from '../../functions/day-arrival/daily.ts';
import { attemptFolder, type DayExecution, readJson, recordKey } from '../../functions/day-arrival/day-records.ts';
import type { ExecutionStatus } from '../../shared/job/executions.ts';
import { executionName } from '../../shared/job/executions.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import type { Store } from '../../shared/store/store.ts';
import type { ExecutionReport, Progress, Remote } from './remote.ts';

/** One job of one client. */
export interface JobStatus {
  /** Null for a job over all clients. */
  readonly client: string | null;
  readonly job: string;
  readonly status: 'running' | 'done' | 'failed' | 'skipped';
  /** The step it is at: of a running job. */
  readonly step: string | null;
  readonly shards: Progress['shards'];
  readonly run: string | null;
  readonly error: { readonly name: string; readonly message: string } | null;
}

export interface DayStatus {
  readonly day: number;
  /** Null for a day that nothing was decided about. */
  readonly run: string | null;
  readonly attempt: number;
  readonly status: ExecutionStatus | 'NOT STARTED';
  readonly started: string | null;
  readonly stopped: string | null;
  readonly clients: { readonly total: number; readonly done: number; readonly failed: number };
  /** Failed ones first, then those that run, then those that are done. */
  readonly jobs: readonly JobStatus[];
  readonly cause: string | null;
}

/** Clients whose jobs are told one by one; all are counted. */
const CLIENTS_SHOWN = 200;
/** Running executions looked at of each job. */
const RUNNING_SHOWN = 100;

/** The days whose executions are the newest, in short. */
export async function recentDays(remote: Remote, limit: number): Promise<ExecutionReport[]> {
  return remote.list(await remote.machine('daily'), { limit });
}

export async function dayStatus(
  remote: Remote,
  day: number,
  jobs: readonly AnyJob[],
  output: Store,
): Promise<DayStatus> {
  const record = (await readJson<DayRecord>(output, recordKey(day)))?.value;
  const running = await runningJobs(remote, day, jobs);
  if (!record || record.run === null) {
    const clients = { total: 0, done: 0, failed: 0 };
    return {
      day,
      run: null,
      attempt: 0,
      status: 'NOT STARTED',
      started: null,
      stopped: null,
      clients,
      jobs: running,
      cause: null,
    };
  }
  const execution: DayExecution = { day, run: record.run, attempt: record.attempt };
  const name = executionName('daily', day, record.run, record.attempt);
  const report = await remote.describe(await remote.machine('daily'), name);
  const list = (await readJson<readonly string[]>(output, `${attemptFolder(execution)}clients.json`))?.value ?? [];
  const failed = await readOutcomes(output, execution, 'failed', CLIENTS_SHOWN);
  const done = await readOutcomes(output, execution, 'done', CLIENTS_SHOWN);
  const recorded = [...failed, ...done].flatMap(({ client, jobs, error }): JobStatus[] => [
    ...(error ? [{ ...NOTHING, client, job: '-', status: 'failed' as const, error }] : []),
    ...Object.entries(jobs).flatMap(([job, outcome]): JobStatus[] => {
      if (outcome.outcome === 'off') return [];
      if (outcome.outcome === 'done') return [{ ...NOTHING, client, job, status: 'done', run: outcome.run }];
      return [{ ...NOTHING, client, job, status: outcome.outcome, error: outcome.error }];
    }),
  ]);
  const seen = new Set(recorded.map(({ client, job }) => `${client}/${job}`));
  const all = [...recorded, ...running.filter(({ client, job }) => !seen.has(`${client}/${job}`))];
  return {
    ...execution,
    status: report?.status ?? 'NOT STARTED',
    ...{ started: report?.started ?? null, stopped: report?.stopped ?? null, cause: report?.cause ?? null },
    clients: {
      total: list.length,
      done: (await recordedClients(output, execution, 'done')).length,
      failed: (await recordedClients(output, execution, 'failed')).length,
    },
    jobs: ORDER.flatMap((status) => all.filter((job) => job.status === status)),
  };
}

const ORDER: readonly JobStatus['status'][] = ['failed', 'skipped', 'running', 'done'];
const NOTHING = { step: null, shards: null, run: null, error: null };

async function runningJobs(remote: Remote, day: number, jobs: readonly AnyJob[]): Promise<JobStatus[]> {
  const found = jobs.map(async (job) => {
    const executions = await remote.list(await remote.machine(job.name), { limit: RUNNING_SHOWN, running: true });
    return Promise.all(
      executions
        .filter((execution) => isOfDay(execution, day))
        .map(async ({ arn, input }): Promise<JobStatus> => {
          const { state, shards } = await remote.progress(arn);
          const client = typeof input.client === 'string' ? input.client : null;
          return { ...NOTHING, client, job: job.name, status: 'running', step: state, shards };
        }),
    );
  });
  return (await Promise.all(found)).flat();
}

/** Whether a job's execution is of this day: what it was asked for with says so. */
export function isOfDay({ input }: ExecutionReport, day: number): boolean {
  const settings = input.settings as { readonly startDay?: unknown } | undefined;
  return Number(settings?.startDay) === day;
}
