/** The Lambda entry points: they call the plain functions with the services of AWS and the deployment's settings. */
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { LimitError } from '../../shared/errors.ts';
import { measureTo } from '../../shared/job/alarm-metrics.ts';
import { assertSameBuild, readBuild } from '../../shared/job/build.ts';
import type { Log } from '../../shared/job/job.ts';
import { observed, surroundingsOf } from '../../shared/job/observed.ts';
import { assertFits } from '../../shared/job/state-limit.ts';
import { failureInside, runningExecutions, sharedClient, stepFunctions } from '../../shared/job/step-functions.ts';
import type { JsonValue } from '../../shared/json.ts';
import { answerRequest, type LiveAnswer, type LiveRequest } from '../../shared/live/requests.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { answerNodeRequest, isNodeRequest, type NodeRequest } from '../../shared/tuning/node-requests.ts';
import { JOBS } from '../index.ts';
import { activateJobs } from './activate-jobs.ts';
import { type ArrivalEnvironment, type Look, type Outcome, settle } from './arrival.ts';
import { arrive, type BatchAnswer, type ObjectBatch } from './batch.ts';
import { type ClientDay, configureJobs } from './configure-jobs.ts';
import * as daily from './daily.ts';
import { measureDay } from './day-measures.ts';
import { DAILY, type DayExecution } from './day-records.ts';
import { start, sweep } from './events.ts';
import { type DayOfJobs, foldJobs } from './fold-jobs.ts';
import { type ReportRequest, reportDay } from './report-day.ts';
import { machineBeside, measureAges } from './run-ages.ts';
import { readVariables } from './settings.ts';

/** The largest answer of a function, in bytes. Lambda's limit of 6 MB includes the envelope of the answer. */
const LAMBDA_ANSWER = 5_500_000;

const surroundings = surroundingsOf('day-arrival');

/** The part of the second argument of a Lambda function that is used here. */
interface Context {
  readonly getRemainingTimeInMillis: () => number;
}

function arrival(log: Log): ArrivalEnvironment {
  const names = [
    'LOG_PATTERN',
    'OUTPUT_ROOT',
    'DAILY_MACHINE',
    'ARRIVAL_MACHINE',
    'ARRIVAL_RULE',
    'QUIET_MINUTES',
  ] as const;
  const read = readVariables(process.env, names);
  return {
    openStore,
    log,
    executions: stepFunctions(sharedClient()),
    now: () => new Date(),
    dailyMachine: read.DAILY_MACHINE,
    arrivalMachine: read.ARRIVAL_MACHINE,
    logPattern: read.LOG_PATTERN,
    outputRoot: read.OUTPUT_ROOT,
    rule: read.ARRIVAL_RULE,
    quietMinutes: read.QUIET_MINUTES,
  };
}

function day(log: Log): daily.DailyEnvironment {
  const read = readVariables(process.env, ['ENVIRONMENT', 'OUTPUT_ROOT', 'CONFIG_ROOT']);
  const inside = failureInside(sharedClient());
  return {
    openStore,
    openConfigRoot,
    log,
    build: readBuild(),
    failureInside: inside,
    name: read.ENVIRONMENT,
    outputRoot: read.OUTPUT_ROOT,
    configRoot: read.CONFIG_ROOT,
  };
}

const measure = measureTo(
  process.env.ENVIRONMENT ?? 'none',
  (line) => void process.stdout.write(line),
  () => new Date(),
);

/** Sweeps the last days. Then, even if that failed, looks at the ages of the runs that are not over. */
async function hourly(log: Log): Promise<Record<string, Outcome>> {
  const read = readVariables(process.env, ['SWEEP_DAYS', 'SLOW_MINUTES', 'DAILY_MACHINE']);
  try {
    return await sweep(read.SWEEP_DAYS, arrival(log));
  } finally {
    await measureAges({
      listRunning: runningExecutions(sharedClient()),
      machines: [DAILY, ...JOBS.map(({ name }) => name)].map((one) => machineBeside(read.DAILY_MACHINE, DAILY, one)),
      slowAfterMinutes: read.SLOW_MINUTES,
      now: () => new Date(),
      log,
      measure,
    });
  }
}

/** Sums up a day, and emits its metrics. */
async function summary(execution: DayExecution, log: Log): Promise<daily.DayCounts> {
  const { OUTPUT_ROOT, STALE_DAYS } = readVariables(process.env, ['OUTPUT_ROOT', 'STALE_DAYS']);
  const counts = await daily.summary(execution, day(log));
  const output = await openStore(OUTPUT_ROOT);
  await measureDay(execution, counts, {
    output,
    jobs: JOBS,
    staleDays: STALE_DAYS,
    now: () => new Date(),
    log,
    measure,
  });
  return counts;
}

/** Returns a handler as Lambda calls it. It logs its duration, and refuses an event or an answer that a state cannot carry. */
function entry<Event extends object, Answer>(
  name: string,
  handle: (event: Event, log: Log, context: Context) => Promise<Answer>,
) {
  return async (event: Event, context: Context): Promise<Answer> => {
    const { answer } = await observed(surroundings, name, placeOf(name, event), async (log) => {
      assertFits(event as JsonValue, 'the event');
      const handled = await handle(event, log, context);
      assertFits((handled ?? null) as JsonValue, 'the answer');
      return handled;
    });
    return answer;
  };
}

/**
 * Returns a handler that refuses an execution of the day which began with another build. The machine's definition is a part of
 * that build, and so are the fields of its states: the code of another build could misread them.
 */
const ofDay = <Event extends object, Answer>(
  name: string,
  handle: (event: Event, log: Log, context: Context) => Promise<Answer>,
) =>
  entry(name, (event: Event & { readonly build?: string }, log, context) => {
    assertSameBuild(event.build, readBuild());
    return handle(event, log, context);
  });

/** The events of new objects. Lambda hands over up to 6 MB of them, more than a state can carry. */
async function objects(batch: ObjectBatch): Promise<BatchAnswer> {
  const { answer } = await observed(surroundings, 'arrive', placeOf('arrive', {}), (log) =>
    arrive(batch, arrival(log)),
  );
  return answer;
}

/** The commands on live models, and what a search asks. A person gets the answer, so Lambda's limit holds for it, not that of a state. */
async function models(request: LiveRequest | NodeRequest): Promise<LiveAnswer | JsonValue> {
  const { answer: told } = await observed(surroundings, 'models', placeOf('models', request), async () => {
    const { CONFIG_ROOT, OUTPUT_ROOT } = readVariables(process.env, ['OUTPUT_ROOT', 'CONFIG_ROOT']);
    const places = { openStore, openConfigRoot, configRoot: CONFIG_ROOT, jobs: JOBS };
    if (!isNodeRequest(request)) return answerRequest(request, { ...places, settings: { outputPath: OUTPUT_ROOT } });
    const { RUNS_BESIDE_DAY } = readVariables(process.env, ['RUNS_BESIDE_DAY']);
    return answerNodeRequest(request, {
      ...places,
      outputRoot: OUTPUT_ROOT,
      runsAtOnce: RUNS_BESIDE_DAY,
      now: () => new Date(),
    });
  });
  const size = Buffer.byteLength(JSON.stringify(told));
  if (size <= LAMBDA_ANSWER) return told;
  throw new LimitError(
    `the answer has ${size} bytes, more than the ${LAMBDA_ANSWER} of a function: ask for one client (--client)`,
  );
}

/** Returns the job, client, day and run that an event names. */
function placeOf(step: string, event: object): Record<string, JsonValue> {
  const said = Object.entries(event).filter(
    ([name, value]) => ['job', 'client', 'day', 'run'].includes(name) && ['string', 'number'].includes(typeof value),
  );
  return { ...Object.fromEntries(said), step };
}

type ClientRequest = { readonly client: string; readonly build?: string };
type Settle = { readonly day: number; readonly wait: number; readonly look: Look };

/** Handler name → Lambda handler. */
export const handlers = {
  arrive: objects,
  settle: entry('settle', (event: Settle, log) => settle(event.day, event.wait, event.look, arrival(log))),
  sweep: entry('sweep', (_, log) => hourly(log)),
  start: entry('start', (event: { readonly day?: unknown }, log) => start(event, arrival(log))),
  clients: ofDay('clients', (event: DayExecution, log) => daily.clients(event, day(log))),
  enabled: entry('enabled', ({ client, build }: ClientRequest, log) => {
    // A person asks without an execution (`offline evaluate --env`), and the names of jobs are the same in every build.
    if (build !== undefined) assertSameBuild(build, readBuild());
    return daily.enabled(client, day(log));
  }),
  // The words for an error that has happened are the same in every build, and a day that ends should have them.
  explain: entry('explain', (event: daily.FailedJob, log) => daily.explain(event, day(log))),
  configure: ofDay('configure', (event: ClientDay, log) => configureJobs(event, day(log))),
  fold: ofDay('fold', (event: DayOfJobs, log, context) => {
    const environment = { ...day(log), remainingMs: () => context.getRemainingTimeInMillis() };
    return foldJobs(event, environment);
  }),
  activate: ofDay('activate', (event: DayOfJobs, log) => activateJobs(event, day(log))),
  rest: ofDay('rest', (event: DayExecution, log) => daily.rest(event, day(log))),
  record: ofDay('record', (event: daily.RecordRequest, log) => daily.record(event, day(log))),
  report: ofDay('report', (event: ReportRequest, log) => reportDay(event, day(log))),
  models,
  summary: ofDay('summary', (event: DayExecution, log) => summary(event, log)),
};
