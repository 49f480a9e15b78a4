/**
 * A day of all clients on this machine, as the day of a deployment runs it: the logs are grouped, and then each client with an
 * action on that day has its jobs run, one client after another. All have one root, which holds actions and models.
 */
import { nodesOf } from '../../functions/day-arrival/daily.ts';
import { kindOf, outcomesOf, type RecordKind } from '../../functions/day-arrival/outcomes.ts';
import { expandPattern } from '../../functions/group-actions/input-pattern.ts';
import { groupActions } from '../../functions/group-actions/job.ts';
import { JOBS } from '../../functions/index.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { defined } from '../../shared/defined.ts';
import { dateOf, dayInWords } from '../../shared/in-words.ts';
import { jobsOfDay } from '../../shared/job/day-order.ts';
import type { JobOutcome } from '../../shared/job/day-outcome.ts';
import type { RunInput } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import type { JsonValue } from '../../shared/json.ts';
import { itemsPathOf } from '../../shared/report/items-path.ts';
import { writeReport } from '../../shared/report/report.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { exitStatusOf } from '../exit-status.ts';
import { absoluteLocation } from '../options.ts';
import { watchRun, withProgress } from '../progress.ts';
import { settingsKnownTo } from '../set-keys.ts';
import { runClientJobs } from './client-jobs.ts';
import { clientsOfDay } from './grouped-clients.ts';
import type { WorkerPool } from './pool.ts';
import { hasPublished, type Outcome } from './run-day.ts';
import { type RunSummary, runLocally } from './run-job.ts';

/** The request for days; each day has the same one. */
export interface ClientsDays {
  /** With the placeholders of the day. Undefined when the days have been grouped before. */
  readonly inputPathPattern?: string | undefined;
  /** The location of the root that holds actions, models and work areas. */
  readonly root: string;
  readonly configRoot?: string | undefined;
  /** Undefined: every client of the day. */
  readonly clients?: readonly string[] | undefined;
  /** Undefined: every job that is enabled for a client. */
  readonly jobs?: readonly AnyJob[] | undefined;
  /** They have precedence over the nodes, and go to the jobs that know them. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly shards?: number | undefined;
}

/** The end of a client's day. `kept`: every job ended well, but a model was kept from going live. */
export interface ClientEnd {
  readonly client: string;
  readonly kind: RecordKind;
  readonly outcomes: readonly Outcome[];
  /** The location of the page about the day; null when none was written. */
  readonly report: string | null;
}

/** The end of a day. The statuses are those of a day in a deployment, and one for a day that should have been grouped before. */
export interface DayEnd {
  readonly day: number;
  readonly status: 'SUCCEEDED' | 'FAILED' | 'NO LOGS' | 'NOT GROUPED';
  /** Why the day ended before the jobs of its clients; null when it did not. */
  readonly error: { readonly name: string; readonly message: string } | null;
  /** Null when the day was grouped before, and when the grouping failed. */
  readonly grouping: RunSummary | null;
  readonly clients: readonly ClientEnd[];
}

/**
 * Runs one day.
 * @param warn hears of clients without jobs, and of reports that could not be written
 * @throws UsageError, ConfigError and other errors that every day would meet
 */
export async function runClientsDay(
  day: number,
  request: ClientsDays,
  pool: WorkerPool,
  warn: (text: string) => void,
): Promise<DayEnd> {
  const nothing = { day, grouping: null, clients: [] };
  let grouping: RunSummary | null = null;
  try {
    grouping = await groupedDay(day, request, pool);
  } catch (thrown) {
    const { name, message } = thrownError(thrown);
    if (exitStatusOf({ name }) === 2) throw thrown;
    return { ...nothing, status: name === 'NoInputError' ? 'NO LOGS' : 'FAILED', error: { name, message } };
  }
  const all = await clientsOfDay(await openStore(request.root), day);
  if (all === undefined) {
    const message = `${request.root} has no grouped actions of this day: give --input-path-pattern to group its logs`;
    return { ...nothing, status: 'NOT GROUPED', error: { name: 'NoInputError', message } };
  }
  const clients: ClientEnd[] = [];
  for (const client of all.filter((name) => request.clients?.includes(name) ?? true)) {
    const jobs = await jobsOf(client, request, warn);
    if (jobs.length > 0) clients.push(await runClient(client, day, jobs, request, pool, warn));
  }
  const isFailed = clients.some(({ kind }) => kind === 'failed');
  return { day, status: isFailed ? 'FAILED' : 'SUCCEEDED', error: null, grouping, clients };
}

/** Groups the logs of a day; does nothing without a pattern. */
async function groupedDay(
  day: number,
  { inputPathPattern, root, settings, shards }: ClientsDays,
  pool: WorkerPool,
): Promise<RunSummary | null> {
  if (inputPathPattern === undefined) return null;
  const own = {
    ...settingsKnownTo(groupActions, settings),
    inputPathPattern: absoluteLocation(expandPattern(inputPathPattern, day)),
    outputPath: root,
    startDay: day,
  };
  const input = defined<RunInput>({ settings: own, shards });
  return withProgress(`day ${dayInWords(day)}: grouping`, (progress) =>
    runLocally(groupActions, { ...input, requestedAt: new Date().toISOString() }, pool, watchRun(progress)),
  );
}

/** Returns the jobs of a client's day. Without a configuration root they are the jobs that were asked for. */
async function jobsOf(
  client: string,
  { configRoot, jobs }: ClientsDays,
  warn: (text: string) => void,
): Promise<readonly AnyJob[]> {
  if (configRoot === undefined) return jobs ?? [];
  await using root = await openConfigRoot(configRoot);
  const nodes = await nodesOf(client, root, (_level, message) => warn(message));
  return jobsOfDay(JOBS, nodes).filter((job) => jobs?.includes(job) ?? true);
}

async function runClient(
  client: string,
  day: number,
  jobs: readonly AnyJob[],
  { root, configRoot, settings, shards }: ClientsDays,
  pool: WorkerPool,
  warn: (text: string) => void,
): Promise<ClientEnd> {
  const input = defined<RunInput>({
    client,
    configRoot,
    shards,
    settings: { ...settings, inputPath: root, outputPath: root, startDay: day },
  });
  const outcomes = await runClientJobs(jobs, input, pool, `day ${dayInWords(day)} of ${client}`);
  const ended = outcomesOf(Object.fromEntries(outcomes.map((one) => [one.job, asRecorded(one)])), jobs);
  const report = outcomes.some(hasPublished) ? await reportOf(client, day, { root, configRoot }, warn) : null;
  return { client, kind: kindOf({ client, jobs: ended }), outcomes, report };
}

/** Returns an outcome as the record of a deployment's day has it. */
const asRecorded = (one: Outcome): JobOutcome => {
  if (!hasPublished(one)) return { outcome: one.outcome, error: one.error };
  const { run, notActivated } = one.summary;
  return notActivated === null ? { outcome: 'done', run } : { outcome: 'notActivated', run, why: notActivated };
};

/** Writes the page about a client's day. Nothing waits for it, so a page that cannot be made is only a warning. */
async function reportOf(
  client: string,
  day: number,
  { root, configRoot }: Pick<ClientsDays, 'root' | 'configRoot'>,
  warn: (text: string) => void,
): Promise<string | null> {
  try {
    await using config = configRoot === undefined ? undefined : await openConfigRoot(configRoot);
    const itemsPath = config && (await itemsPathOf(config, client, JOBS));
    const store = await openStore(root);
    return `${store.root}/${await writeReport(store, { client, day, jobs: JOBS, itemsPath }, openStore)}`;
  } catch (error) {
    const { name, message } = thrownError(error);
    warn(`no report of client ${client}, ${dateOf(day)}, was written: ${name}: ${message}`);
    return null;
  }
}
