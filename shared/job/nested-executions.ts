/**
 * Tasks that start an execution of a state machine and wait for its end.
 *
 * Source: Step Functions Developer Guide, "Start workflow executions from a task state".
 */
import type { JsonValue } from '../json.ts';
import { START_RETRY } from './retries.ts';
import type { State } from './state-types.ts';

/** The ARN of the machine that runs, as a Task names it. A machine that names itself so starts an execution of itself. */
export const OWN_MACHINE = '$$.StateMachine.Id';

/** The id of the execution that runs. */
export const OWN_EXECUTION = '$$.Execution.Id';

/** The field in the input of a nested execution that names the execution that started it. The console links the two by it. */
export const STARTED_BY = 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID';

/** A job that takes longer than a day would delay the next day. */
const JOB_TIMEOUT_SECONDS = 86_400;

/** Returns a Task that starts an execution of a job's machine, without a name, and waits for its end. */
export const nestedExecution = (parameters: Record<string, JsonValue>): State => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::states:startExecution.sync:2',
  Parameters: parameters,
  TimeoutSeconds: JOB_TIMEOUT_SECONDS,
  Retry: START_RETRY,
});

/** True for a Task that hands over to another execution of its own machine. */
export const startsOwnMachine = ({ Parameters }: State): boolean =>
  (Parameters as { readonly 'StateMachineArn.$'?: string } | undefined)?.['StateMachineArn.$'] === OWN_MACHINE;
