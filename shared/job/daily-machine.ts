/**
 * The state machine of a day. It is derived from the job folders that jobs read and write. An example with three jobs, of which
 * the last one reads the output of the first:
 *
 *   group-actions ─► Clients ─► Client days (Map, one execution a client) ─► Summary ─► Day whole? ─► Day failed
 *
 *   a client:  Enabled ─► Wave 1 ─┬─ matrix-factorization? ─► matrix-factorization ─► (failed: matrix-factorization failed)
 *                                 └─ sessionitems? ─► …
 *                      ─► Wave 2 ─── word2vec? ─► (sessionitems failed: word2vec skipped) word2vec ─► …
 *                      ─► Record
 *
 * A client's execution always succeeds, and records its failures. The summary fails the day at its end, when all clients and
 * jobs have run. The input of the machine is `{ day, run, attempt, requestedAt }`. The machines of the jobs run as nested
 * executions without given names. `${machine:<job>}` stands for the ARN of a job's machine, and `${name}` for the ARN of a
 * function of `functions/day-arrival`.
 */
import type { JsonValue } from '../json.ts';
import { BUILD_PLACEHOLDER } from './build.ts';
import { dayOrder, readFrom } from './day-order.ts';
import type { AnyJob } from './job.ts';
import { nestedExecution, OWN_EXECUTION, STARTED_BY } from './nested-executions.ts';
import { CALL_RETRY, LIST_RETRY } from './retries.ts';
import { GRACE_SECONDS, type HandlerSpec, NO_OUTPUT, type State, type StateMachine } from './state-machine.ts';

/** The fields in the last state of a job's machine that say whether the model went live. */
export type JobEnd = {
  readonly run?: { readonly ref: { readonly done?: boolean; readonly notActivated?: string | null } };
  readonly verdict?: { readonly ref: { readonly verdict: string | null } };
  /** The answer of a run that was folded. A run that was not folded to its end has the answer of the verdict's own state. */
  readonly fold?: { readonly ref: { readonly verdict?: string | null } };
  /** The answers of the activation and of the task after publishing. */
  readonly activated?: { readonly ref: { readonly notActivated?: string } };
  readonly followed?: { readonly ref: { readonly notActivated?: string } };
};

/** The outcome of one job on one client's day. */
export type JobOutcome =
  | { readonly outcome: 'done'; readonly run: string; readonly end?: JobEnd; readonly verdict?: 'warned' }
  /** The output is published, but does not go live. `why` is the reason in words. */
  | { readonly outcome: 'notActivated'; readonly run: string; readonly why: string; readonly verdict?: 'warned' }
  /** `blocked`: the output failed its verdict, so it does not go live. */
  | {
      readonly outcome: 'failed' | 'skipped' | 'blocked';
      readonly error: { readonly name: string; readonly message: string };
    }
  /** The job is not configured for this client. */
  | { readonly outcome: 'off' };

/** The functions that the machine calls, in the order of the first calls. */
export const DAILY_HANDLERS: readonly HandlerSpec[] = [
  { name: 'explain', memoryMb: 512, timeoutSeconds: 60 },
  { name: 'clients', memoryMb: 1024, timeoutSeconds: 300 },
  { name: 'enabled', memoryMb: 512, timeoutSeconds: 60 },
  { name: 'record', memoryMb: 512, timeoutSeconds: 60 },
  { name: 'summary', memoryMb: 1024, timeoutSeconds: 900 },
];

/** The function that only people call, to see the live models and to change them. */
export const LIVE_HANDLERS: readonly HandlerSpec[] = [{ name: 'models', memoryMb: 1769, timeoutSeconds: 900 }];

const catchTo = (next: string): JsonValue => [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: next }];

/** Returns a Task that calls a function of `specs`. */
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

/** Returns a Task of the day. Its function learns with which build the execution began. */
const call = (handler: string, payload: Record<string, JsonValue>): State =>
  callTask(DAILY_HANDLERS, handler, { ...payload, build: BUILD_PLACEHOLDER });

/** Returns a Task that runs a job's machine and waits for its end. */
const nested = (job: AnyJob, input: Record<string, JsonValue>): State =>
  nestedExecution({
    StateMachineArn: `\${machine:${job.name}}`,
    Input: {
      ...input,
      'requestedAt.$': '$.requestedAt',
      settings: { 'startDay.$': '$.day' },
      [`${STARTED_BY}.$`]: OWN_EXECUTION,
    },
  });

const keep = (at: string) => ({ ResultSelector: { 'ref.$': '$.Payload' }, ResultPath: `$.${at}` });
/** Returns the key in the answer of `enabled` for the job folders that a job reads, if the job's settings decide that. */
export const readsKey = ({ name }: AnyJob): string => `${name} reads`;

/** The fields of every payload that name the day's run. */
const DAY = { 'day.$': '$.day', 'run.$': '$.run', 'attempt.$': '$.attempt' };

/** Compiles the machine of a day with `jobs`. `maxConcurrency` is the most clients that run at once. */
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
    // The summary names the clients without an outcome, whatever the Map's failure was.
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

/** Returns the machine of one client's day. */
function clientDay(jobs: readonly AnyJob[]): { StartAt: string; States: Record<string, State> } {
  const waves = dayOrder(jobs);
  const waveOf = (job: AnyJob): number => waves.findIndex((wave) => wave.includes(job));
  const enabled = (job: AnyJob): State => ({ Variable: `$.enabled.ref['${job.name}']`, BooleanEquals: true });
  const lost = (job: AnyJob): State[] =>
    ['failed', 'skipped'].map((outcome) => ({
      Variable: `$.wave${waveOf(job) + 1}['${job.name}'].outcome`,
      StringEquals: outcome,
    }));
  /**
   * Returns the condition that a job's settings make it read another job's output; no condition for a job that always reads it.
   */
  const reads = (job: AnyJob, source: AnyJob): State[] =>
    job.inputs.foldersOf === undefined
      ? []
      : [{ Variable: `$.enabled.ref['${readsKey(job)}']['${source.writes}']`, BooleanEquals: true }];
  /** Returns the conditions that the job reads the source, and that the source failed or was skipped. */
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
  // The summary finds no record of this client, and reports that. A Succeed state would return its whole input.
  states.Unrecorded = { Type: 'Pass', Result: {}, End: true };
  return { StartAt: 'Enabled', States: states };
}

/** Returns the machine of one job on a client's day. It always ends with the job's outcome. */
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
      // The fields of the end depend on the path through the machine. `record` reads them.
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
