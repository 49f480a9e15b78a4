/**
 * Turns a failure, as Step Functions keeps it, into a line for a person.
 *
 * The cause of a function's failure is `{"errorType": …, "errorMessage": …, "trace": […]}`. The cause of a nested
 * execution's failure is the execution's description, `{"ExecutionArn": …, "Error": …, "Cause": …}`, which holds another
 * cause.
 */
import type { Failure } from '../../shared/job/step-functions.ts';

/** A state carries keys and counts, so a message that is longer than this (characters) is cut. */
export const LONGEST_MESSAGE = 1000;

export interface ReadFailure extends Failure {
  /** The innermost nested execution that failed. */
  readonly executionArn?: string;
  /** True when code of this project threw the error; otherwise Lambda or Step Functions ended the function. */
  readonly isThrown?: boolean;
}

export type FailureInWords = {
  readonly name: string;
  readonly message: string;
};

/** Unwraps the causes within a cause. */
export function readCause(failure: ReadFailure): ReadFailure {
  const inner = objectIn(failure.cause);
  if (inner === undefined) return failure;
  if (typeof inner.errorMessage === 'string') {
    const error = textOf(inner.errorType, failure.error);
    return { ...failure, error, cause: inner.errorMessage, isThrown: !isErrorOfLambda(error) };
  }
  if (typeof inner.ExecutionArn !== 'string') return failure;
  const status = textOf(inner.Status, 'FAILED');
  return readCause({
    executionArn: inner.ExecutionArn,
    error: textOf(inner.Error, `Execution ${status}`),
    cause: textOf(inner.Cause, `its execution ended as ${status}`),
  });
}

/** The name and the message of a failure. The message begins with the place and has at most `LONGEST_MESSAGE` characters. */
export function inWords(failure: Failure, place: string): FailureInWords {
  const { error, cause } = readCause(failure);
  return { name: error, message: cut(`${place}: ${cause || 'no cause was given'}`) };
}

/**
 * Returns the name and the message for the failure of a job's execution. An error that a job's handler throws names its own
 * place, which is more exact (`inPlace`).
 *
 * @param notRead why the errors of the execution's shards could not be read
 */
export function jobFailureInWords(failure: Failure, place: string, notRead?: Error): FailureInWords {
  const { error, cause, isThrown } = readCause(failure);
  const placed = isThrown ? cause : `${place}: ${cause || 'no cause was given'}`;
  const more = notRead === undefined ? '' : ` (its shards' errors could not be read: ${notRead.message})`;
  return { name: error, message: cut(placed + more) };
}

/** Lambda's own errors have a dot in their names: `Sandbox.Timedout`, `Runtime.ExitError`. */
const isErrorOfLambda = (name: string): boolean => name.includes('.');

export const cut = (message: string): string =>
  message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`;

function objectIn(cause: string): Readonly<Record<string, unknown>> | undefined {
  if (!cause.startsWith('{')) return undefined;
  try {
    return JSON.parse(cause) as Record<string, unknown>;
  } catch (error) {
    // Step Functions cuts a cause at 32,768 characters. Such a cause is shown as it is.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const textOf = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;
