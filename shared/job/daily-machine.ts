/**
 * A day as a state machine, derived from who reads what another job writes. With three jobs, the last one reading the first:
 *
 *   group-actions ─► Clients ─► Client days (Map, one execution a client) ─► Summary ─► Day whole? ─► Day failed
 *
 *   a client:  Enabled ─► Wave 1 ─┬─ matrix-factorization? ─► matrix-factorization ─► (failed: matrix-factorization failed)
 *                                 └─ sessionitems? ─► …
 *                      ─► Wave 2 ─── word2vec? ─► (sessionitems failed: word2vec skipped) word2vec ─► …
 *                      ─► Record
 *
 * A client's execution always succeeds: what failed in it is recorded, and the summary fails the day at its end, when every
 * other client and job has had its turn. Its input: `{ day, run, attempt, requestedAt }`. The jobs' own machines run as
 * nested executions without a name of their own: `${machine:<job>}` stands for the ARN of a job's machine, `${name}` for
 * that of a function of `functions/day-arrival`.
 */
import type { JsonValue } from '../json.ts';
import { dayOrder, readFrom } from './day-order.ts';
import type { AnyJob } from './job.ts';
import { CALL_RETRY, LIST_RETRY, START_RETRY } from './retries.ts';
import { GRACE_SECONDS, type HandlerSpec, NO_OUTPUT, type State, type StateMachine } from './state-machine.ts';

/** The last state's data of a job's machine, as far as it tells whether the model went live. */
export type JobEnd = {
  readonly run?: { readonly ref: { readonly done?: boolean; readonly notActivated?: string | null } };
  readonly verdict?: { readonly ref: { readonly verdict: string | null } };
  /** Of a runtime node, and of what follows the output. */
  readonly activated?: { readonly ref: { readonly notActivated?: string } };
  readonly followed?: { readonly ref: { readonly notActivated?: string } };
};

/** What one job of one client's day came to. */
export type JobOutcome =
  | { readonly outcome: 'done'; readonly run: string; readonly end?: JobEnd; readonly verdict?: 'warned' }
  /** Published, and the live model stays: `why` in words. */
  | { readonly outcome: 'notActivated'; readonly run: string; readonly why: string; readonly verdict?: 'warned' }
  /** `blocked`: its output is not fit to go live, and the live model stays. */
  | {
      readonly outcome: 'failed' | 'skipped' | 'blocked';
      readonly error: { readonly name: string; readonly message: string };
    }
  /** Not configured for this client. */
  | { readonly outcome: 'off' };

/** The functions that the machine calls, in the order in which it first does. */
export const DAILY_HANDLERS: readonly HandlerSpec[] = [
  { name: 'explain', memoryMb: 512, timeoutSeconds: 60 },
  { name: 'clients', memoryMb: 1024, timeoutSeconds: 300 },
  { name: 'enabled', memoryMb: 512, timeoutSeconds: 60 },
  { name: 'record', memoryMb: 512, timeoutSeconds: 60 },
  { name: 'summary', memoryMb: 1024, timeoutSeconds: 900 },
];

/** Called by people alone: what is live, and how it is changed by hand. */
export const LIVE_HANDLERS: readonly HandlerSpec[] = [{ name: 'models', memoryMb: 1769, timeoutSeconds: 900 }];

/** A job that takes longer than a day is late for the next one. */
const JOB_TIMEOUT_SECONDS = 86_400;

const catchTo = (next: string): JsonValue => [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: next }];

/** A Task that calls a function of `specs`. */
export function callTask(specs: readonly HandlerSpec[], handler: string, payload: Record<string, JsonValue>): State {
  const spec = specs.find(({ name }) => name === handler)!;
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: `\${${handler}}`, Payload: payload },
    TimeoutSeconds: spec.timeoutSeconds + GRACE_SECONDS,
    Retry: CALL_RETRY,
  };
}

const call = (handler: string, payload: Record<string, JsonValue>): State => callTask(DAILY_HANDLERS, handler, payload);

/** A Task that runs a job's machine and waits for its end. */
const nested = (job: AnyJob, input: Record<string, JsonValue>): State => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::states:startExecution.sync:2',
  Parameters: {
    StateMachineArn: `\${machine:${job.name}}`,
    Input: { ...input, 'requestedAt.$': '$.requestedAt', settings: { 'startDay.$': '$.day' } },
  },
  TimeoutSeconds: JOB_TIMEOUT_SECONDS,
  Retry: START_RETRY,
});

const keep = (at: string) => ({ ResultSelector: { 'ref.$': '$.Payload' }, ResultPath: `$.${at}` });
/** The key of the `enabled` answer that says which job folders a job reads, where its settings decide that. */
export const readsKey = ({ name }: AnyJob): string => `${name} reads`;

/** Names the day's run in every payload. */
const DAY = { 'day.$': '$.day', 'run.$': '$.run', 'attempt.$': '$.attempt' };

/** Compiles the day of `jobs`. `maxConcurrency` is the most clients that run at once. */
export function compileDailyMachine(
  jobs: readonly AnyJob[],
  { maxConcurrency }: { maxConcurrency: number },
): StateMachine {
  const grouping = jobs.filter((job) => job.scope === 'logs');
  const states: Record<string, State> = {};
  for (const [index, job] of grouping.entries()) {
    const failed = `${job.name} failed`;
    const next = grouping[index + 1]?.name ?? 'Clients';
    states[job.name] = { ...nested(job, {}), ResultPath: null, Catch: catchTo(failed), Next: next };
    states[failed] = {
      ...call('explain', { 'day.$': '$.day', job: job.name, 'error.$': '$.error' }),
      ...keep('summary'),
      Catch: catchTo('Failed'),
      Next: 'Day failed',
    };
  }
  states.Clients = { ...call('clients', DAY), ...keep('clients'), Catch: catchTo('Failed'), Next: 'Client days' };
  states['Client days'] = {
    Type: 'Map',
    MaxConcurrency: maxConcurrency,
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Parameters: { 'Bucket.$': '$.clients.ref.bucket', 'Key.$': '$.clients.ref.key' },
    },
    ItemSelector: { ...DAY, 'requestedAt.$': '$.requestedAt', 'client.$': '$$.Map.Item.Value' },
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      ...clientDay(jobs.filter((job) => job.scope === 'client')),
    },
    ResultPath: null,
    Retry: LIST_RETRY,
    // Whatever broke the Map, the summary tells which clients were left without an outcome.
    Catch: catchTo('Summary'),
    Next: 'Summary',
  };
  states.Summary = { ...call('summary', DAY), ...keep('summary'), Catch: catchTo('Failed'), Next: 'Day whole?' };
  states['Day whole?'] = {
    Type: 'Choice',
    Choices: [{ Variable: '$.summary.ref.whole', BooleanEquals: true, Next: 'Day done' }],
    Default: 'Day failed',
  };
  states['Day done'] = { Type: 'Succeed' };
  states['Day failed'] = { Type: 'Fail', Error: 'DayFailed', CausePath: '$.summary.ref.message' };
  states.Failed = { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' };
  return {
    Comment: 'A day: grouping, then every client’s enabled jobs.',
    StartAt: grouping[0]?.name ?? 'Clients',
    States: states,
  };
}

/** One client's day. */
function clientDay(jobs: readonly AnyJob[]): { StartAt: string; States: Record<string, State> } {
  const waves = dayOrder(jobs);
  const waveOf = (job: AnyJob): number => waves.findIndex((wave) => wave.includes(job));
  const enabled = (job: AnyJob): State => ({ Variable: `$.enabled.ref['${job.name}']`, BooleanEquals: true });
  const lost = (job: AnyJob): State[] =>
    ['failed', 'skipped'].map((outcome) => ({
      Variable: `$.wave${waveOf(job) + 1}['${job.name}'].outcome`,
      StringEquals: outcome,
    }));
  /** True when a job's settings lead it to what another job writes. Unknown, so true, for a job that always reads the same. */
  const reads = (job: AnyJob, source: AnyJob): State[] =>
    job.inputs.foldersOf === undefined
      ? []
      : [{ Variable: `$.enabled.ref['${readsKey(job)}']['${source.writes}']`, BooleanEquals: true }];
  /** A source that was lost, of those that the job reads. */
  const missing = (job: AnyJob, source: AnyJob): State[] => {
    const own = reads(job, source);
    return own.length === 0 ? lost(source) : [{ And: [...own, { Or: lost(source) }] }];
  };
  const records = (fields: Record<string, JsonValue>): State => ({
    ...call('record', { ...DAY, 'client.$': '$.client', ...fields }),
    ...NO_OUTPUT,
    Catch: catchTo('Unrecorded'),
    End: true,
  });
  const outcomes = waves.map((_, index) => [`wave${index + 1}.$`, `$.wave${index + 1}`] as const);
  const first = waves.length === 0 ? 'Record' : 'Wave 1';
  const states: Record<string, State> = {
    Enabled: {
      ...call('enabled', { 'client.$': '$.client' }),
      ...keep('enabled'),
      Catch: catchTo('Record trouble'),
      Next: first,
    },
  };
  for (const [index, wave] of waves.entries()) {
    states[`Wave ${index + 1}`] = {
      Type: 'Parallel',
      Branches: wave.map((job) => branch(job, readFrom(job, jobs), enabled, missing)),
      ResultSelector: Object.fromEntries(wave.map((job, at) => [`${job.name}.$`, `$[${at}]`])),
      ResultPath: `$.wave${index + 1}`,
      Catch: catchTo('Record trouble'),
      Next: index + 1 < waves.length ? `Wave ${index + 2}` : 'Record',
    };
  }
  states.Record = records({ waves: Object.fromEntries(outcomes) });
  states['Record trouble'] = records({ 'error.$': '$.error' });
  // The summary misses this client's record, and says so. A Succeed state would return its whole input.
  states.Unrecorded = { Type: 'Pass', Result: {}, End: true };
  return { StartAt: 'Enabled', States: states };
}

/** One job of a client's day; it ends with the job's outcome, whatever happens. */
function branch(
  job: AnyJob,
  sources: readonly AnyJob[],
  enabled: (job: AnyJob) => State,
  missing: (job: AnyJob, source: AnyJob) => State[],
): { StartAt: string; States: Record<string, State> } {
  const { name } = job;
  const [asked, failed, unexplained] = [`${name}?`, `${name} failed`, `${name} failed without a reason`];
  const [skipped, off] = [`${name} skipped`, `${name} off`];
  const ends = (result: JobOutcome): State => ({ Type: 'Pass', Result: result as JsonValue, End: true });
  const states: Record<string, State> = {
    [asked]: {
      Type: 'Choice',
      Choices: [
        ...(sources.length === 0
          ? []
          : [{ And: [enabled(job), { Or: sources.flatMap((source) => missing(job, source)) }], Next: skipped }]),
        { ...enabled(job), Next: name },
      ],
      Default: off,
    },
    [name]: {
      ...nested(job, { 'client.$': '$.client' }),
      // Which fields the end has follows from the way through the machine: `record` reads them.
      ResultSelector: { outcome: 'done', 'run.$': '$.Output.run.ref.id', 'end.$': '$.Output' },
      Catch: catchTo(failed),
      End: true,
    },
    [failed]: {
      ...call('explain', { 'day.$': '$.day', 'client.$': '$.client', job: name, 'error.$': '$.error' }),
      ResultSelector: { outcome: 'failed', 'error.$': '$.Payload' },
      Catch: catchTo(unexplained),
      End: true,
    },
    [unexplained]: ends({
      outcome: 'failed',
      error: { name: 'PipelineError', message: `${name} failed, and why could not be read: see its executions` },
    }),
    [off]: ends({ outcome: 'off' }),
  };
  if (sources.length > 0) {
    const writers = sources.map((source) => source.name).join(' or ');
    const message = `${name} reads what ${writers} writes, and that did not run through`;
    states[skipped] = ends({ outcome: 'skipped', error: { name: 'MissingObjectError', message } });
  }
  return { StartAt: asked, States: states };
}
