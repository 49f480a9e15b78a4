/** The answer of a folded run, and how an error inside of it leads to the answer. */
import { isWorthAnotherRun } from '../errors.ts';
import type { JsonValue } from '../json.ts';

/**
 * `done`: the output is published, and the states after publishing are next. `handOver`: the machine's other states do what is
 * missing. `failed`: the run ends with this error, as the other states would end it.
 */
export type FoldAnswer =
  | { readonly outcome: 'done'; readonly verdict: string | null }
  | { readonly outcome: 'handOver'; readonly why: string }
  | { readonly outcome: 'failed'; readonly error: FoldError };

export type FoldError = {
  readonly name: string;
  readonly message: string;
  /** The error as Lambda describes one that a function throws. Those who explain a failed execution read this form. */
  readonly cause: string;
};

/** An answer, and if the run was too large for the process. */
export interface FoldEnd {
  readonly answer: FoldAnswer;
  /** True when the time or the memory of the process was too small for the run. */
  readonly gaveUp: boolean;
}

/** The run needs more time than the process has left. */
export class OutOfTime extends Error {
  override name = 'OutOfTime';
  /** True when the run itself took the time, and not what the process did before. */
  readonly isOwn: boolean;

  constructor(message: string, isOwn: boolean) {
    super(message);
    this.isOwn = isOwn;
  }
}

/** The most characters of a message. A Fail state takes at most 32,768 of a cause, in which a character may be escaped. */
const LONGEST_MESSAGE = 10_000;

/**
 * Returns the end of a folded run that met an error. Only an error that the other states would meet too ends the run. After
 * any other error they try, each shard in a process of its own.
 */
export function endAfter(error: Error): FoldEnd {
  const { name, message } = error;
  if (isFinal(name)) {
    const told = message.slice(0, LONGEST_MESSAGE);
    const cause = JSON.stringify({ errorType: name, errorMessage: told } satisfies JsonValue);
    return { answer: { outcome: 'failed', error: { name, message: told, cause } }, gaveUp: false };
  }
  const why = `${name}: ${message}`.slice(0, LONGEST_MESSAGE);
  return { answer: { outcome: 'handOver', why }, gaveUp: isTooLarge(error) };
}

/** True for an error that the same inputs and settings cause again, however the run is divided. */
const isFinal = (name: string): boolean => !isWorthAnotherRun(name) || name === 'InputChangedError';

const isTooLarge = (error: Error): boolean => (error instanceof OutOfTime ? error.isOwn : isOutOfMemory(error));

/** A buffer, a WebAssembly memory, a text or a Map that cannot become so large is a RangeError. */
const isOutOfMemory = (error: Error): boolean =>
  error instanceof RangeError ||
  ['ENOMEM', 'ERR_MEMORY_ALLOCATION_FAILED'].includes((error as { code?: string }).code ?? '');
