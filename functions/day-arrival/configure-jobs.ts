/**
 * Configures all jobs of a client's day. Of the functions of a folded day, this one reads the catalogues, and it may be in a
 * VPC. No secret leaves it: a job that will need a secret after its inputs are written is fanned out.
 */
import { borrowed } from '../../shared/config/borrowed-root.ts';
import { masked } from '../../shared/config/masked.ts';
import { factsOf } from '../../shared/config/settings.ts';
import { configureWith } from '../../shared/job/configure.ts';
import { jobsOfDay, readFrom } from '../../shared/job/day-order.ts';
import { type Gathered, gather, type TimedInput } from '../../shared/job/gather.ts';
import { inPlace, placeOf } from '../../shared/job/handlers.ts';
import type { AnyJob, Log } from '../../shared/job/job.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import type { JsonValue } from '../../shared/json.ts';
import { JOBS } from '../index.ts';
import { type DailyEnvironment, nodesOf } from './daily.ts';
import { afterError, type DayJob, type DayJobs, ended, fanOut } from './day-jobs.ts';
import type { DayExecution } from './day-records.ts';

/** A client's day, with the time of the request for it, ISO-8601. */
export interface ClientDay extends DayExecution {
  readonly client: string;
  readonly requestedAt: string;
}

/** The part of the environment of a day that its jobs use. */
export type JobsEnvironment = Pick<
  DailyEnvironment,
  'openStore' | 'openConfigRoot' | 'log' | 'build' | 'outputRoot' | 'configRoot' | 'jobs'
>;

/** Returns the request for a job of the day. The daily machine makes the same one for the job's own machine. */
export const requestOf = (
  { client, day, requestedAt }: ClientDay,
  { outputRoot, configRoot }: Pick<JobsEnvironment, 'outputRoot' | 'configRoot'>,
): TimedInput => ({
  client,
  requestedAt,
  configRoot,
  settings: { inputPath: outputRoot, outputPath: outputRoot, startDay: day },
});

/** Returns an environment in which every line of the log names the job, the client and the day. */
export function inJob<Environment extends Pick<JobsEnvironment, 'log'>>(
  job: AnyJob,
  { client, day, run }: ClientDay,
  environment: Environment,
): Environment {
  const log: Log = (level, message, fields) =>
    environment.log(level, masked(message), { job: job.name, client, day, dayRun: run, ...fields });
  return { ...environment, log };
}

/** Returns what comes next for each job of the client's day. */
export async function configureJobs(day: ClientDay, environment: JobsEnvironment): Promise<DayJobs> {
  const gathered = await gatherJobs(day, environment);
  const enabled = gathered.map(({ job }) => job);
  const next: Record<string, DayJob> = {};
  // One job after another, because a catalogue may take much of the memory.
  for (const { job, found } of gathered) {
    next[job.name] = 'next' in found ? found : await nextOf(job, enabled, day, found, environment);
  }
  return next;
}

interface GatheredJob {
  readonly job: AnyJob;
  /** The settings and the live model, or what comes next when they could not be read. */
  readonly found: Gathered | DayJob;
}

/** Reads the settings of all jobs and what is live, in one session of the configuration root. */
async function gatherJobs(day: ClientDay, environment: JobsEnvironment): Promise<GatheredJob[]> {
  const { configRoot, openConfigRoot, log, jobs = JOBS } = environment;
  const input = requestOf(day, environment);
  await using root = await openConfigRoot(configRoot);
  const nodes = await nodesOf(day.client, root, log);
  const shared = (job: AnyJob) => ({
    openStore: environment.openStore,
    openConfigRoot: async () => borrowed(root),
    log: inJob(job, day, environment).log,
  });
  // The root must stay open until all of them have read it.
  return await Promise.all(
    jobsOfDay(jobs, nodes).map(async (job) => ({
      job,
      found: await configuring(job, input, () => gather(job, input, shared(job))),
    })),
  );
}

async function nextOf(
  job: AnyJob,
  enabled: readonly AnyJob[],
  day: ClientDay,
  gathered: Gathered,
  environment: JobsEnvironment,
): Promise<DayJob> {
  const input = requestOf(day, environment);
  const { settings, live } = gathered;
  const reads = readFrom(job, enabled, job.inputs.foldersOf?.(settings)).map(({ name }) => name);
  if (reads.length === 0) {
    return configuring(job, input, () => runOf(job, reads, input, gathered, inJob(job, day, environment)));
  }
  if (job.afterPublish?.isWanted(settings) || holdsSecret(job, settings)) {
    return fanOut(`its inputs are written on the same day, and it needs a secret after that`);
  }
  return { next: 'configure', reads, settings: settings as Readonly<Record<string, JsonValue>>, live: live ?? null };
}

/** Makes the run of a job. Returns what comes next for it. */
export async function runOf(
  job: AnyJob,
  reads: readonly string[],
  input: TimedInput,
  gathered: Gathered,
  environment: Pick<JobsEnvironment, 'openStore' | 'log' | 'build'>,
): Promise<DayJob> {
  const ref = await configureWith(job, input, gathered, { ...environment, mayFold: true });
  if (ref.done) return ended(ref.id, { run: { ref } });
  // A run that is published already has little left to do, in whatever process.
  if (!ref.folds && !ref.published) return fanOut('its run does not fold');
  return { next: 'fold', reads, ref };
}

/** Does a part of the configuring of a job. The message of an error names the same place as that of the job's own machine. */
export async function configuring<T>(job: AnyJob, input: TimedInput, body: () => Promise<T>): Promise<T | DayJob> {
  try {
    return await inPlace(placeOf(job, 'configure', { input }), body);
  } catch (error) {
    return afterError(thrownError(error));
  }
}

const holdsSecret = (job: AnyJob, settings: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(settings).some(
    ([name, value]) => value !== undefined && value !== '' && factsOf(job.settings.shape[name]).secret,
  );
