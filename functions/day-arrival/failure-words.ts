/**
 * From what Step Functions keeps of a failure to a line that a person reads.
 *
 * A function's failure: `{"errorType": …, "errorMessage": …, "trace": […]}`. That of a nested execution: its description,
 * `{"ExecutionArn": …, "Error": …, "Cause": …}`, its own cause inside. A message that our handlers threw names its place.
 */
import type { Failure } from '../../shared/job/step-functions.ts';

/** States carry keys and counts: a message longer than this (characters) is cut. */
export const LONGEST_MESSAGE = 1000;

export interface ReadFailure extends Failure {
  /** Of the innermost nested execution that failed. */
  readonly executionArn?: string;
}

/** Unwraps the causes within a cause. */
export function readCause(failure: ReadFailure): ReadFailure {
  const inner = objectIn(failure.cause);
  if (inner === undefined) return failure;
  if (typeof inner.errorMessage === 'string') {
    return { ...failure, error: textOf(inner.errorType, failure.error), cause: inner.errorMessage };
  }
  if (typeof inner.ExecutionArn !== 'string') return failure;
  const status = textOf(inner.Status, 'FAILED');
  return readCause({
    executionArn: inner.ExecutionArn,
    error: textOf(inner.Error, `Execution ${status}`),
    cause: textOf(inner.Cause, `its execution ended as ${status}`),
  });
}

/** Name and message, short, the message beginning with the place where it does not name it itself. */
export function inWords(failure: Failure, place: string, notRead?: Error): { name: string; message: string } {
  const { error, cause } = readCause(failure);
  // The handlers put `<job>, client <name>, …: ` before every message.
  const placed = cause.startsWith(`${place.split(',', 1)[0]},`) ? cause : `${place}: ${cause || 'no cause was given'}`;
  const message =
    notRead === undefined ? placed : `${placed} (its shards' errors could not be read: ${notRead.message})`;
  return {
    name: error,
    message: message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`,
  };
}

function objectIn(cause: string): Readonly<Record<string, unknown>> | undefined {
  if (!cause.startsWith('{')) return undefined;
  try {
    return JSON.parse(cause) as Record<string, unknown>;
  } catch (error) {
    // Step Functions cuts a cause at 32,768 characters: then it stays as it is.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const textOf = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;
