/**
 * Every error thrown on purpose, by what the reader can do about it.
 *
 * `name` is part of the state machines (Step Functions matches it in Retry and Catch), so each class sets it by hand:
 * minifiers rename classes. What steps retry (`RETRIED_BY_STEPS`) and what a sweep does not ask for again (`mayPass`) is told by
 * these names. A message says where (client, job, step, shard, object, line: as far as known) and what to do.
 */
export class PipelineError extends Error {
  override name = 'PipelineError';
}

/** The command line is used wrongly: an unknown job, a missing option, a date that is none. Exit status 2. */
export class UsageError extends PipelineError {
  override name = 'UsageError';
}

/** A configuration that does not parse, or a value out of range. Names the node, the key, the value and the range. */
export class ConfigError extends PipelineError {
  override name = 'ConfigError';
}

/** An object that a step needs is not in the store. */
export class MissingObjectError extends PipelineError {
  override name = 'MissingObjectError';
}

/** There is nothing to compute from: no readable day, no log file. */
export class NoInputError extends PipelineError {
  override name = 'NoInputError';
}

/** The output of a day that is to be read is not whole: its writer was broken off. Names the day to compute again. */
export class UnfinishedDayError extends PipelineError {
  override name = 'UnfinishedDayError';
}

/** An input object was replaced while a run was reading it (its ETag changed): start a new run. */
export class InputChangedError extends PipelineError {
  override name = 'InputChangedError';
}

/** A conditional write found the object there already, or changed: somebody else was first. */
export class PreconditionFailedError extends PipelineError {
  override name = 'PreconditionFailedError';
}

/** A newer request published over the same output while this run was publishing: the newer one stays. */
export class SupersededError extends PipelineError {
  override name = 'SupersededError';
}

/** An input that cannot be read at all: truncated gzip, a compression that is not understood. */
export class CorruptInputError extends PipelineError {
  override name = 'CorruptInputError';
}

/**
 * An object that this project wrote is torn, empty or holds other bytes than were written. Names the object and the cure.
 * A damaged object of a work area has been removed when this is thrown, so another run computes it anew: a local run goes
 * once more from the start, in the cloud the next execution does.
 */
export class DamagedObjectError extends PipelineError {
  override name = 'DamagedObjectError';
}

/** More rejected lines than `maxRejectRatio` allows. */
export class TooManyRejectsError extends PipelineError {
  override name = 'TooManyRejectsError';
}

/** Most of what was read is of other days than the run's: the pattern or the date is not what was meant. */
export class WrongDayError extends PipelineError {
  override name = 'WrongDayError';
}

/** The model would be empty: nothing is published, the old model stays. */
export class EmptyModelError extends PipelineError {
  override name = 'EmptyModelError';
}

/** The output was judged and is not to go live: nothing is published, the old model stays. Says every check that failed. */
export class BlockedModelError extends PipelineError {
  override name = 'BlockedModelError';
}

/** A step gave back, or threw, something else than it must: a mistake in the job's code. Says what was expected. */
export class StepAnswerError extends PipelineError {
  override name = 'StepAnswerError';
}

/** A limit that holds in the cloud as in the local run was passed: state size, memory, time. Names the limit to raise. */
export class LimitError extends PipelineError {
  override name = 'LimitError';
}

/** The configuration root knows no such client: activation never registers one. */
export class UnknownClientError extends PipelineError {
  override name = 'UnknownClientError';
}

/** A command may not change what is live as it was asked to: the node is held, or there is no such model. Says what may be done. */
export class NotActivatedError extends PipelineError {
  override name = 'NotActivatedError';
}

/** A computation left the numbers it can work with, for example a matrix that is not positive definite. */
export class NumericalError extends PipelineError {
  override name = 'NumericalError';
}

/** The store refused or did not answer (throttling, a reset connection, a 5xx): retried with back-off. */
export class StoreUnavailableError extends PipelineError {
  override name = 'StoreUnavailableError';
}

/** The store, or a lock in it, was waited for as long as it makes sense. Steps do not retry it; a later run may succeed. */
export class StoreTimeoutError extends PipelineError {
  override name = 'StoreTimeoutError';
}

/**
 * ZooKeeper did not answer within the deadline, or the session was lost. It was asked again until then, so steps do not
 * retry it: 30 s are the most for the whole of an activation. A later run may succeed.
 */
export class ActivationUnavailableError extends PipelineError {
  override name = 'ActivationUnavailableError';
}

/** The database is not there, is too busy or did not answer in time: retried with back-off. */
export class DatabaseUnavailableError extends PipelineError {
  override name = 'DatabaseUnavailableError';
}

/** The database understood and said no: user, database, table or column. Says what to check. */
export class DatabaseError extends PipelineError {
  override name = 'DatabaseError';
}

/** The store knows who asks and says no (403, EACCES). Names the object and the permission that is missing. */
export class AccessDeniedError extends PipelineError {
  override name = 'AccessDeniedError';
}

/** A tool or service that tests and development need is missing or does not start. Names the command that cures it. */
export class SetUpError extends PipelineError {
  override name = 'SetUpError';
}

/**
 * The names that every Task of a state machine retries. Other errors that may pass (StoreTimeoutError,
 * ActivationUnavailableError) come after a long wait of their own.
 */
export const RETRIED_BY_STEPS: readonly string[] = ['StoreUnavailableError', 'DatabaseUnavailableError'];

/**
 * Errors that the same input and configuration would meet again, so that no sweep asks for them once more. What has another
 * name may pass: a lost process, a time limit, what nobody has foreseen.
 */
const LASTING_ERRORS: ReadonlySet<string> = new Set([
  'UsageError',
  'ConfigError',
  'NoInputError',
  'CorruptInputError',
  'TooManyRejectsError',
  'WrongDayError',
  'EmptyModelError',
  'BlockedModelError',
  'LimitError',
  'UnknownClientError',
  'NumericalError',
  'StepAnswerError',
  'DatabaseError',
  'AccessDeniedError',
  'SupersededError',
]);

/** True when a run that ended with an error of this name may succeed when it is started again as it was. */
export const mayPass = (name: string): boolean => !LASTING_ERRORS.has(name);

/** What keeps a model from going live on purpose: the run did its work, and the old model stays. */
export const isBlocked = (name: string): boolean => name === 'BlockedModelError' || name === 'EmptyModelError';
