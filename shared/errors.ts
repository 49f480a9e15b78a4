/**
 * Every error that this project throws on purpose. The classes differ in what the reader can do about the error.
 *
 * Each class sets `name` by hand, because Step Functions matches the name in Retry and Catch, and minifiers rename classes.
 * The name also decides whether a step is retried (`RETRIED_BY_STEPS`) and whether the sweep starts a failed run again
 * (`isWorthAnotherRun`). A message says where the error happened (client, job, step, shard, object and line, as far as they
 * are known) and how to cure it.
 */
export class PipelineError extends Error {
  override name = 'PipelineError';
}

/** The command line was used wrongly: an unknown job, a missing option, an impossible date. The exit status is 2. */
export class UsageError extends PipelineError {
  override name = 'UsageError';
}

/** A configuration does not parse, or a value is out of range. The message names the node, key, value and range. */
export class ConfigError extends PipelineError {
  override name = 'ConfigError';
}

/** A command asks about a user or an item that the model does not have. The message says why, and which ids may be meant. */
export class UnknownIdError extends PipelineError {
  override name = 'UnknownIdError';
}

/** The store does not have an object that a step needs. */
export class MissingObjectError extends PipelineError {
  override name = 'MissingObjectError';
}

/** The run has no input: no readable day or no log file. */
export class NoInputError extends PipelineError {
  override name = 'NoInputError';
}

/**
 * The output of a day that this run reads is incomplete, because its writer was interrupted. The message names the day to
 * compute again.
 */
export class UnfinishedDayError extends PipelineError {
  override name = 'UnfinishedDayError';
}

/** An input object was replaced while a run was reading it, so its ETag changed. A new run reads the new object. */
export class InputChangedError extends PipelineError {
  override name = 'InputChangedError';
}

/**
 * A new version was deployed while an execution was going on. The message names both builds. A new execution takes up the
 * finished objects of the work area.
 */
export class DeploymentChangedError extends PipelineError {
  override name = 'DeploymentChangedError';
}

/** A conditional write failed, because another writer had created or changed the object before. */
export class PreconditionFailedError extends PipelineError {
  override name = 'PreconditionFailedError';
}

/** A newer request published the same output while this run was publishing. The newer output stays. */
export class SupersededError extends PipelineError {
  override name = 'SupersededError';
}

/** An input object cannot be read at all: its gzip is truncated, or its compression is unknown. */
export class CorruptInputError extends PipelineError {
  override name = 'CorruptInputError';
}

/**
 * An object that this project wrote is torn, empty or holds other bytes than were written. The message names the object and
 * the cure. A damaged object of a work area has been removed before this error is thrown, so the next run computes it anew:
 * a local run starts once more automatically, and in the cloud the next execution does it.
 */
export class DamagedObjectError extends PipelineError {
  override name = 'DamagedObjectError';
}

/** More rejected lines than `maxRejectRatio` allows. */
export class TooManyRejectsError extends PipelineError {
  override name = 'TooManyRejectsError';
}

/** Most of the lines belong to other days than the run's, so the path pattern or the date is probably wrong. */
export class WrongDayError extends PipelineError {
  override name = 'WrongDayError';
}

/** Two texts of a client have the same assigned id. The message names both. */
export class IdCollisionError extends PipelineError {
  override name = 'IdCollisionError';
}

/** The model would be empty. Nothing is published, and the old model stays. */
export class EmptyModelError extends PipelineError {
  override name = 'EmptyModelError';
}

/**
 * The output was judged and may not go live. Nothing is published, and the old model stays. The message has every failed
 * check.
 */
export class BlockedModelError extends PipelineError {
  override name = 'BlockedModelError';
}

/**
 * A mistake in the job's code: a step returned or threw a value of a wrong kind, or it reads objects that do not exist yet. The
 * message says what was expected.
 */
export class StepAnswerError extends PipelineError {
  override name = 'StepAnswerError';
}

/**
 * A limit on state size, memory, time or cost was passed. It is the same in the cloud and in a local run. The message names
 * the limit.
 */
export class LimitError extends PipelineError {
  override name = 'LimitError';
}

/** The configuration root does not know the client. Activation never registers a client. */
export class UnknownClientError extends PipelineError {
  override name = 'UnknownClientError';
}

/**
 * A command may not change the live model: the node is held, or the model does not exist. The message says what is possible.
 */
export class NotActivatedError extends PipelineError {
  override name = 'NotActivatedError';
}

/** A computation reached numbers that it cannot work with, for example a matrix that is not positive definite. */
export class NumericalError extends PipelineError {
  override name = 'NumericalError';
}

/** The store refused a request or did not answer (throttling, a reset connection, a 5xx). Steps retry it with back-off. */
export class StoreUnavailableError extends PipelineError {
  override name = 'StoreUnavailableError';
}

/** The longest sensible wait for the store, or for a lock in it, has passed. Steps do not retry it. A later run may succeed. */
export class StoreTimeoutError extends PipelineError {
  override name = 'StoreTimeoutError';
}

/**
 * ZooKeeper did not answer within the deadline, or the session was lost. Requests were repeated until the deadline, so steps
 * do not retry this error: a whole activation may take 30 s at most. A later run may succeed.
 */
export class ActivationUnavailableError extends PipelineError {
  override name = 'ActivationUnavailableError';
}

/** The database cannot be reached, is too busy or did not answer in time. Steps retry it with back-off. */
export class DatabaseUnavailableError extends PipelineError {
  override name = 'DatabaseUnavailableError';
}

/** The database refused a request because of its user, database, table or column. The message says what to check. */
export class DatabaseError extends PipelineError {
  override name = 'DatabaseError';
}

/** The store denied access (403, EACCES). The message names the object and the missing permission. */
export class AccessDeniedError extends PipelineError {
  override name = 'AccessDeniedError';
}

/** A tool or service for tests and development is missing or does not start. The message names the command that cures it. */
export class SetUpError extends PipelineError {
  override name = 'SetUpError';
}

/**
 * The error names that every Task of a state machine retries. Other temporary errors (StoreTimeoutError,
 * ActivationUnavailableError) are not among them, because they already come after a long wait.
 */
export const RETRIED_BY_STEPS: readonly string[] = ['StoreUnavailableError', 'DatabaseUnavailableError'];

/**
 * The errors that the same input and configuration would cause again, so the sweep does not start such a run once more.
 * An error of any other name may be temporary: a lost process, a time limit, or something unforeseen.
 */
const LASTING_ERRORS: ReadonlySet<string> = new Set([
  'UsageError',
  'ConfigError',
  'NoInputError',
  'CorruptInputError',
  'TooManyRejectsError',
  'WrongDayError',
  'IdCollisionError',
  'EmptyModelError',
  'BlockedModelError',
  'LimitError',
  'UnknownClientError',
  'UnknownIdError',
  'NumericalError',
  'StepAnswerError',
  'DatabaseError',
  'AccessDeniedError',
  'SupersededError',
]);

/** True when a run that ended with an error of this name may succeed with the same input and configuration. */
export const isWorthAnotherRun = (name: string): boolean => !LASTING_ERRORS.has(name);

/** True for an error that keeps a model from going live on purpose: the run did its work, and the old model stays. */
export const blocksModel = (name: string): boolean => name === 'BlockedModelError' || name === 'EmptyModelError';
