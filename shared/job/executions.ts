/**
 * Executions of a run: what they are called, and whether a run needs another one.
 *
 * Step Functions refuses the name of a closed execution for 90 days, and starts nothing twice under the name and input of
 * a running one. So the name says which run it is, and the attempts of a run are numbered from 1: whoever decides the
 * same thing twice starts one execution.
 */
import { LimitError } from '../errors.ts';
import type { JsonValue } from '../json.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** State machines as their executions are started and looked at. `machine` is an ARN. */
export interface Executions {
  /** False where the name is taken by an execution that has ended; a running one of the same input is joined. */
  start(machine: string, name: string, input: JsonValue): Promise<boolean>;
  /** Undefined where there is no such execution. What it says may be some seconds old. */
  status(machine: string, name: string): Promise<ExecutionStatus | undefined>;
}

const MAX_NAME_LENGTH = 80;

/** More starts than this the sweep does not add to a run: what failed so often waits for a person. */
export const MAX_SWEEP_RESTARTS = 3;

/**
 * `<job>-<day>-<run>-<attempt>`, in `[A-Za-z0-9-]`. Never the client's name: the run id stands for it.
 * @param run 16 hex digits
 * @throws LimitError above 80 characters
 */
export function executionName(job: string, day: number, run: string, attempt: number): string {
  const name = `${job}-${day}-${run}-${attempt}`;
  if (name.length <= MAX_NAME_LENGTH && /^[A-Za-z0-9-]+$/.test(name)) return name;
  throw new LimitError(
    `an execution would be called ${JSON.stringify(name)}: allowed are ${MAX_NAME_LENGTH} letters, digits and hyphens. Give the job a shorter name`,
  );
}

/** Who asks: something arrived, the hourly sweep, a person. */
export type Trigger = 'arrival' | 'sweep' | 'hand';

/** What is left of a run that has succeeded. */
export interface OutputState {
  /** The output's `_SUCCESS` names this run. */
  readonly published: boolean;
  /** The runtime node holds the output's location, or is not to. */
  readonly active: boolean;
}

export type Action =
  | { readonly kind: 'start'; readonly attempt: number }
  /** An execution is running: this attempt. */
  | { readonly kind: 'join'; readonly attempt: number }
  | { readonly kind: 'nothing'; readonly why: string };

/**
 * What to do about a run, given the status of its attempts 1, 2, … in order.
 *
 * An arrival only ever starts the first one: the same events come again and again. The sweep restarts what failed, and
 * what succeeded but is gone from the output, a few times; a person as often as they like.
 */
export function nextAction(attempts: readonly ExecutionStatus[], output: OutputState, trigger: Trigger): Action {
  const running = attempts.lastIndexOf('RUNNING') + 1;
  if (running > 0) return { kind: 'join', attempt: running };
  const last = attempts.at(-1);
  if (last === undefined) return { kind: 'start', attempt: 1 };
  if (last === 'SUCCEEDED' && output.published && output.active) return { kind: 'nothing', why: 'all of it is done' };
  if (trigger === 'arrival') return { kind: 'nothing', why: `it has had its run: ${last}` };
  if (trigger === 'sweep' && attempts.length > MAX_SWEEP_RESTARTS) {
    return {
      kind: 'nothing',
      why: `given up after ${attempts.length} attempts, the last one ${last}: start it by hand`,
    };
  }
  return { kind: 'start', attempt: attempts.length + 1 };
}

/** The status of a run's attempts, from 1 on. */
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
