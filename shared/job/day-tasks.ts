/** The functions of the daily machine, and the Tasks that call them and that start the machines of jobs. */
import type { JsonValue } from '../json.ts';
import { BUILD_PLACEHOLDER } from './build.ts';
import type { AnyJob } from './job.ts';
import { nestedExecution, OWN_EXECUTION, STARTED_BY } from './nested-executions.ts';
import { CALL_RETRY } from './retries.ts';
import { FOLD, GRACE_SECONDS, type HandlerSpec, NO_OUTPUT, type State } from './state-machine.ts';

/** The functions that the machine calls, in the order of the first calls. */
export const DAILY_HANDLERS: readonly HandlerSpec[] = [
  { name: 'explain', memoryMb: 512, timeoutSeconds: 60 },
  { name: 'clients', memoryMb: 1024, timeoutSeconds: 300 },
  { name: 'enabled', memoryMb: 512, timeoutSeconds: 60 },
  // It reads the configuration, the catalogue and the inputs of one job after another.
  { name: 'configure', memoryMb: 1769, timeoutSeconds: 900 },
  FOLD,
  { name: 'activate', memoryMb: 1024, timeoutSeconds: 900 },
  { name: 'rest', memoryMb: 1024, timeoutSeconds: 300 },
  { name: 'record', memoryMb: 512, timeoutSeconds: 60 },
  // It reads two models, each up to 64 MiB of text, to compare them.
  { name: 'report', memoryMb: 1769, timeoutSeconds: 300 },
  { name: 'summary', memoryMb: 1024, timeoutSeconds: 900 },
];

/** The function that only people call, to see the live models and to change them. */
export const LIVE_HANDLERS: readonly HandlerSpec[] = [{ name: 'models', memoryMb: 1769, timeoutSeconds: 900 }];

/** Sends every error to one state, which finds it at `$.error`. */
export const catchTo = (next: string): JsonValue => [
  { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: next },
];

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
export const call = (handler: string, payload: Record<string, JsonValue>): State =>
  callTask(DAILY_HANDLERS, handler, { ...payload, build: BUILD_PLACEHOLDER });

/**
 * Returns the last two states of a client's day: the Task that writes the report, and the state after a report that could not be
 * written. The day has its record by then, and no report makes it fail.
 * @param report the name of the first of them
 * @param without the name of the second one
 */
export const reportStates = (report: string, without: string): Record<string, State> => ({
  [report]: {
    ...call('report', { ...DAY, 'client.$': '$.client' }),
    ...NO_OUTPUT,
    Catch: catchTo(without),
    End: true,
  },
  // A Succeed state would return its whole input.
  [without]: { Type: 'Pass', Result: {}, End: true },
});

/** Returns a Task that runs a job's machine and waits for its end. */
export const nested = (job: AnyJob, input: Record<string, JsonValue>): State =>
  nestedExecution({
    StateMachineArn: `\${machine:${job.name}}`,
    Input: {
      ...input,
      'requestedAt.$': '$.requestedAt',
      settings: { 'startDay.$': '$.day' },
      [`${STARTED_BY}.$`]: OWN_EXECUTION,
    },
  });

/** Keeps the answer of a function at `$.<at>.ref`. */
export const keep = (at: string) => ({ ResultSelector: { 'ref.$': '$.Payload' }, ResultPath: `$.${at}` });
/** Returns the key in the answer of `enabled` for the job folders that a job reads, if the job's settings decide that. */
export const readsKey = ({ name }: AnyJob): string => `${name} reads`;

/** The fields of every payload that name the day's run. */
export const DAY = { 'day.$': '$.day', 'run.$': '$.run', 'attempt.$': '$.attempt' };
