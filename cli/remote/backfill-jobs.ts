/**
 * Runs some jobs of some clients on days of a deployed pipeline, each job by its own state machine. The days must have been
 * grouped, because only the day's machine groups logs, and it always runs the enabled jobs of every client.
 */
import { kindOf, outcomesOf } from '../../functions/day-arrival/outcomes.ts';
import { dayInWords } from '../../shared/in-words.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Store } from '../../shared/store/store.ts';
import { clientsOfDay } from '../local/grouped-clients.ts';
import { hasPublished, inputOf, type Outcome, runDay } from '../local/run-day.ts';
import type { BackfilledDay } from './backfill.ts';
import type { Remote } from './remote.ts';
import { type EnabledJobs, enabledIn, remoteRunner } from './remote-runner.ts';

/** What is run on each day. */
export interface JobsRequest {
  /** Undefined: every client of the day. */
  readonly clients: readonly string[] | undefined;
  /** The jobs among the enabled ones that run. */
  readonly jobs: readonly AnyJob[];
  /** They go to the jobs that know them. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** The root of the deployment's outputs. */
  readonly output: Store;
  /** Waits before the next look at an execution. */
  readonly pause: () => Promise<unknown>;
}

/** Returns a function that runs a day. Its result has a line for each job that did not end well. */
export function dayOfJobs(remote: Remote, request: JobsRequest): (day: number) => Promise<BackfilledDay> {
  return async (day) => {
    const all = await clientsOfDay(request.output, day);
    if (all === undefined) {
      const detail = `${dayInWords(day)} has not been grouped: leave --client, --jobs, --set and --days out to run the whole day`;
      return { day, status: 'NO LOGS', execution: null, detail };
    }
    const lines: string[] = [];
    let isFailed = false;
    for (const client of all.filter((name) => request.clients?.includes(name) ?? true)) {
      const outcomes = await runClient(remote, client, day, request);
      const recorded = outcomes.map((one) => [one.job, hasPublished(one) ? DONE : one] as const);
      const jobs = outcomesOf(Object.fromEntries(recorded), request.jobs);
      if (kindOf({ client, jobs }) === 'failed') isFailed = true;
      for (const one of outcomes) {
        if (!hasPublished(one))
          lines.push(`${client}, ${one.job}: ${one.outcome}: ${one.error.name}: ${one.error.message}`);
      }
    }
    return { day, status: isFailed ? 'FAILED' : 'SUCCEEDED', execution: null, detail: lines.join('\n') };
  };
}

/** The machine of a job has no more to tell here. `offline models` shows whether its model is live. */
const DONE = { outcome: 'done', run: '' } as const;

async function runClient(
  remote: Remote,
  client: string,
  day: number,
  { jobs, settings, pause }: JobsRequest,
): Promise<Outcome<{ notActivated: null }>[]> {
  const enabled: EnabledJobs = await enabledIn(remote, client);
  const runner = remoteRunner(remote, enabled, pause);
  const requestOf = (job: AnyJob) => inputOf(job, { client, settings: { ...settings, startDay: day } });
  return runDay(
    jobs.filter(({ name }) => enabled.names.includes(name)),
    async (job) => {
      await runner.run(job, { ...requestOf(job), requestedAt: new Date().toISOString() }, job.name);
      return { notActivated: null };
    },
    (job) => runner.foldersRead(job, requestOf(job)),
  );
}
