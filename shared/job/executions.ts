/**
 * The executions of a run: their names, and the decision whether a run needs another one.
 *
 * Step Functions refuses the name of a closed execution for 90 days, and it does not start a second execution with the name and
 * input of a running one. An execution's name therefore has the run and the number of the attempt, from 1. Two callers that
 * make the same decision start only one execution.
 */
import { LimitError } from '../errors.ts';
import type { JsonValue } from '../json.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** The service that starts executions of state machines. `machine` is an ARN. */
export interface Executions {
  /**
   * Starts an execution, or joins a running one with the same input. Returns false if an execution with this name has ended.
   */
  start(machine: string, name: string, input: JsonValue): Promise<boolean>;
  /** Returns the status of an execution, which may be some seconds old; undefined if there is no such execution. */
  status(machine: string, name: string): Promise<ExecutionStatus | undefined>;
}

/** An execution that is not over. */
export interface RunningExecution {
  readonly arn: string;
  /** The time of its start. */
  readonly since: Date;
}

/** Returns the executions of a machine that are not over. @param machine an ARN */
export type ListRunning = (machine: string) => Promise<RunningExecution[]>;

const MAX_NAME_LENGTH = 80;

/** The most restarts of a run by the sweep. A run that fails more often waits for a person. */
export const MAX_SWEEP_RESTARTS = 3;

/**
 * Returns the name of an execution, `<job>-<day>-<run>-<attempt>`, in the characters `[A-Za-z0-9-]`. It does not have the
 * client's name, because the run id depends on the client.
 *
 * @param run 16 hexadecimal digits
 * @throws LimitError for more than 80 characters
 */
export function executionName(job: string, day: number, run: string, attempt: number): string {
  const name = `${job}-${day}-${run}-${attempt}`;
  if (name.length <= MAX_NAME_LENGTH && /^[A-Za-z0-9-]+$/.test(name)) return name;
  throw new LimitError(
    `an execution would be called ${JSON.stringify(name)}: allowed are ${MAX_NAME_LENGTH} letters, digits and hyphens. Give the job a shorter name`,
  );
}

/** The cause of a request: an arrival, the hourly sweep, or a person. */
export type Trigger = 'arrival' | 'sweep' | 'hand';

/** The state of the output of a run that has succeeded. */
export interface OutputState {
  /** True when the output's `_SUCCESS` names this run. */
  readonly published: boolean;
  /** True when the runtime node has the output's location, or need not have it. */
  readonly active: boolean;
}

export type Action =
  | { readonly kind: 'start'; readonly attempt: number }
  /** The execution of this attempt is running. */
  | { readonly kind: 'join'; readonly attempt: number }
  | { readonly kind: 'nothing'; readonly why: string };

/**
 * Returns what to do about a run.
 *
 * An arrival starts only the first attempt, because the same events come repeatedly. The sweep restarts a run that failed, or
 * whose output is gone, a few times. A person may restart it any number of times.
 *
 * @param attempts the status of the attempts 1, 2, … in order
 */
export function nextAction(attempts: readonly ExecutionStatus[], output: OutputState, trigger: Trigger): Action {
  const running = attempts.lastIndexOf('RUNNING') + 1;
  if (running > 0) return { kind: 'join', attempt: running };
  const last = attempts.at(-1);
  if (last === undefined) return { kind: 'start', attempt: 1 };
  if (last === 'SUCCEEDED' && output.published && output.active) return { kind: 'nothing', why: 'everything is done' };
  if (trigger === 'arrival') return { kind: 'nothing', why: `its run has ended already: ${last}` };
  if (trigger === 'sweep' && attempts.length > MAX_SWEEP_RESTARTS) {
    return {
      kind: 'nothing',
      why: `given up after ${attempts.length} attempts, the last one ${last}: start it by hand`,
    };
  }
  return { kind: 'start', attempt: attempts.length + 1 };
}

/** Returns the status of each attempt of a run, in order. */
export async function attemptsOf(
  executions: Executions,
  machine: string,
  nameOf: (attempt: number) => string,
): Promise<ExecutionStatus[]> {
  const attempts: ExecutionStatus[] = [];
  for (;;) {
    const status = await executions.status(machine, nameOf(attempts.length + 1));
    if (status === undefined) return attempts;
    attempts.push(status);
  }
}
