/**
 * What is deployed, as plain values: a component is a state machine and the functions made for it. Every job of the
 * registry is one (`componentOfJob`); so are the day and its arrival (`day-components.ts`). The constructs turn components
 * into resources and know no job.
 */

import type * as z from 'zod';
import { JOBS } from '../functions/index.ts';
import { factsOf } from '../shared/config/settings.ts';
import { ConfigError } from '../shared/errors.ts';
import type { AnyJob } from '../shared/job/job.ts';
import {
  compileStateMachine,
  type HandlerSpec,
  handlersOfMachine,
  type StateMachine,
} from '../shared/job/state-machine.ts';
import { arrivalComponent, dailyComponent } from './day-components.ts';
import type { Environment } from './environment.ts';
import { visitsOfJob } from './machine-limits.ts';

/** `outputs` has `work` (the work areas) in it; `readable` is what the environment's `readablePaths` name. */
export type Place = 'logs' | 'outputs' | 'work' | 'config' | 'readable';

/** What a function may do. Who reads a place may list it too: else S3 answers 403 where an object is missing. */
export interface Access {
  readonly reads: readonly Place[];
  readonly writes: readonly Place[];
  readonly deletes: readonly Place[];
  /** Whether it opens a database, whose address may be a secret. */
  readonly database: boolean;
  /** Components whose machines it may start, and whose executions it may look at. */
  readonly starts: readonly string[];
  /** Components whose executions it may look into, down to those of their Distributed Maps. */
  readonly inspects: readonly string[];
}

export interface FunctionSpec extends HandlerSpec {
  readonly access: Access;
}

export interface Component {
  /** Part of the names of its machine and functions: for a job, its name. */
  readonly name: string;
  /** The folder of `functions/` that its code is bundled from. */
  readonly code: string;
  readonly functions: readonly FunctionSpec[];
  readonly machine: StateMachine;
  /** How often an execution enters each state that lies on a cycle, at most. */
  readonly visits: Readonly<Record<string, number>>;
  /** Has Distributed Maps, which read a list from the work area and run as executions of their own. */
  readonly distributes: boolean;
  /** Those of its functions that the machine calls, where events or people call the others; undefined: all. */
  readonly calledFunctions?: readonly string[];
  /** Machines that it starts and waits for. */
  readonly childMachines: readonly string[];
  /** An execution that takes longer raises an alarm; undefined: it may take any time. */
  readonly slowAfterMinutes: number | undefined;
  /** The function whose log says how many models of a day were kept from going live (`modelsKept`). */
  readonly countsKept?: string;
  /** One run of it a day, at least, shows that the pipeline is alive. */
  readonly isHeartbeat: boolean;
  /** Environment variables of its functions, beyond those that every function has. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Functions that are called when an object arrives in the log bucket, and once an hour. */
  readonly wakes?: { readonly onObject: string; readonly everyHour: string };
}

/** @throws ConfigError naming a step that needs more memory than the environment allows */
export function componentsOf(environment: Environment, jobs: readonly AnyJob[] = JOBS): Component[] {
  const components = [
    ...jobs.map((job) => componentOfJob(environment, job)),
    dailyComponent(environment, jobs),
    arrivalComponent(environment),
  ];
  for (const component of components) checkMemory(environment, component);
  return components;
}

export function componentOfJob(environment: Environment, job: AnyJob): Component {
  return {
    name: job.name,
    code: job.name,
    functions: handlersOfMachine(job).map((spec) => ({ ...spec, access: accessOf(job, spec.name) })),
    machine: compileStateMachine(job, environment.maxConcurrency),
    visits: visitsOfJob(job),
    distributes: job.steps.length > 0,
    childMachines: [],
    slowAfterMinutes: environment.alarmRunMinutes,
    isHeartbeat: false,
  };
}

function checkMemory({ name, maxMemoryMb }: Environment, component: Component): void {
  const large = component.functions.find(({ memoryMb }) => memoryMb > maxMemoryMb);
  if (large === undefined) return;
  throw new ConfigError(
    `Environment ${name}: maxMemoryMb is ${maxMemoryMb}, but step ${large.name} of ${component.name} asks for ` +
      `${large.memoryMb}: raise maxMemoryMb (and, in a new account, ask AWS for the quota)`,
  );
}

/** What every function has. */
export const NO_ACCESS: Access = { reads: [], writes: [], deletes: [], database: false, starts: [], inspects: [] };

function accessOf(job: AnyJob, handler: string): Access {
  const input: Place = job.scope === 'logs' ? 'logs' : 'outputs';
  const facts = Object.values(job.settings.shape as z.ZodRawShape).map(factsOf);
  // A job with a database reads it when a run is named; or looks at it then, and fills it when all is published.
  const database = facts.some(({ secret }) => secret) && ['configure', job.afterPublish?.name].includes(handler);
  switch (handler) {
    case 'configure': {
      const reads = new Set<Place>([input, 'outputs']);
      // Only clients have nodes.
      if (job.scope === 'client') reads.add('config');
      // The certificates of a database may lie there too.
      if (database || facts.some(({ place }) => place)) reads.add('readable');
      return { ...NO_ACCESS, reads: [...reads], writes: ['work'], deletes: ['work'], database };
    }
    case 'plan':
      return { ...NO_ACCESS, reads: ['work'], writes: ['work'], deletes: ['work'] };
    case 'publish':
      return { ...NO_ACCESS, reads: ['outputs'], writes: ['outputs'], deletes: ['outputs'] };
    case 'verdict':
      // What is staged, and earlier outputs to compare with; the verdict goes into the model's history too.
      return { ...NO_ACCESS, reads: ['outputs'], writes: ['outputs'] };
    case 'activate':
      // Beside the versions lie the history and what keeps them from removal.
      return { ...NO_ACCESS, reads: ['config', 'outputs'], writes: ['config', 'outputs'] };
  }
  // It reads the configuration anew, for what no plan may hold, and what was published. Beside the versions lie the history,
  // whether the table is held, and what keeps versions from removal.
  if (handler === job.afterPublish?.name) {
    const reads: readonly Place[] = database ? ['outputs', 'config', 'readable'] : ['outputs', 'config'];
    return { ...NO_ACCESS, reads, writes: ['outputs'], database };
  }
  const isLoop = job.steps.some((step) => step.kind === 'loop' && step.name === handler);
  // A loop drops checkpoints that newer ones have replaced; a map's shard reads inputs and what earlier steps wrote. Whoever
  // finds an object of the work area damaged removes it.
  const reads: readonly Place[] = isLoop ? ['work'] : input === 'outputs' ? ['outputs'] : [input, 'work'];
  return { ...NO_ACCESS, reads, writes: ['work'], deletes: ['work'] };
}
