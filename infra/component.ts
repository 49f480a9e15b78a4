/**
 * The parts of a deployment, as plain values. A component is a state machine and the functions that are made for it. The
 * constructs turn components into resources and know no job.
 */
import type { HandlerSpec, StateMachine } from '../shared/job/state-machine.ts';

/** `outputs` contains `work`, the work areas. `readable` is every place in the environment's `readablePaths`. */
export type Place = 'logs' | 'outputs' | 'work' | 'config' | 'readable';

/**
 * The permissions of a function. A function that may read a place may list it too: otherwise S3 answers 403 for a missing
 * object.
 */
export interface Access {
  readonly reads: readonly Place[];
  readonly writes: readonly Place[];
  readonly deletes: readonly Place[];
  /** True when the function opens a database, whose address may be a secret. */
  readonly database: boolean;
  /** Components whose machines the function may start, and whose executions it may look at. */
  readonly starts: readonly string[];
  /** Components whose executions the function may list. */
  readonly lists: readonly string[];
  /** Components whose executions the function may look into, down to the executions of their Distributed Maps. */
  readonly inspects: readonly string[];
}

/** The permissions of a function that may do nothing. */
export const NO_ACCESS: Access = {
  reads: [],
  writes: [],
  deletes: [],
  database: false,
  starts: [],
  lists: [],
  inspects: [],
};

export interface FunctionSpec extends HandlerSpec {
  readonly access: Access;
  /** The concurrent executions that are kept for this function, which then has no more than these; undefined for none. */
  readonly ownSlots?: number;
}

export interface Component {
  /** Part of the names of its machine and functions. For a job, the job's name. */
  readonly name: string;
  /** The folder of `functions/` that its code is bundled from. */
  readonly code: string;
  readonly functions: readonly FunctionSpec[];
  /** The functions that only executions of earlier builds call (`former-functions.ts`). */
  readonly formerFunctions: readonly string[];
  readonly machine: StateMachine;
  /** The most times that an execution enters each state that lies on a cycle. */
  readonly visits: Readonly<Record<string, number>>;
  /** True when the machine has Distributed Maps, which read a list from the work area and run as executions of their own. */
  readonly distributes: boolean;
  /** The functions that the machine calls, when events or people call the others; undefined when it calls all of them. */
  readonly calledFunctions?: readonly string[];
  /** The functions that people call. An output names each, because the permission to call it is given by itself. */
  readonly calledByPeople?: readonly string[];
  /** The components whose machines it starts and waits for. It is one of them itself when its loop hands over. */
  readonly childMachines: readonly string[];
  /**
   * True for a job. It has a nested stack of its own, because there may be any number of jobs and CloudFormation allows 500
   * resources a stack. Its failures in a day are counted by the day's summary too, because it may run without its machine.
   */
  readonly isJob: boolean;
  /** True for a job whose failure is no failure of a day, so that the hourly sweep does not see it. */
  readonly isAside: boolean;
  /** Environment variables of its functions, in addition to those that every function has. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Functions that are called with batches of objects that arrived in the log bucket, and once an hour. */
  readonly wakes?: { readonly onObject: string; readonly everyHour: string };
}
