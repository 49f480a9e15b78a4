/**
 * What is deployed, as plain values: every job of the registry is one component, with its functions, what each may touch,
 * and its state machine. The constructs turn components into resources and know no job.
 */
import { JOBS } from '../functions/index.ts';
import { ConfigError } from '../shared/errors.ts';
import type { AnyJob } from '../shared/job/job.ts';
import {
  compileStateMachine,
  type HandlerSpec,
  handlersOfMachine,
  type StateMachine,
} from '../shared/job/state-machine.ts';
import type { Environment } from './environment.ts';
import { visitsOfJob } from './machine-limits.ts';

/** `outputs` has `work` (the work areas) in it. */
export type Place = 'logs' | 'outputs' | 'work' | 'config';

/** What a function may do. Who reads a place may list it too: else S3 answers 403 where an object is missing. */
export interface Access {
  readonly reads: readonly Place[];
  readonly writes: readonly Place[];
  readonly deletes: readonly Place[];
}

export interface FunctionSpec extends HandlerSpec {
  readonly access: Access;
}

export interface Component {
  /** Folder of `functions/`, state machine and metric. */
  readonly name: string;
  readonly functions: readonly FunctionSpec[];
  readonly machine: StateMachine;
  /** How often an execution enters each state that lies on a cycle, at most. */
  readonly visits: Readonly<Record<string, number>>;
  /** Has Distributed Maps, which read a list from the work area and run as executions of their own. */
  readonly distributes: boolean;
  /** Machines that it starts and waits for. */
  readonly childMachines: readonly string[];
}

/** @throws ConfigError naming a step that needs more memory than the environment allows */
export function componentsOf(environment: Environment, jobs: readonly AnyJob[] = JOBS): Component[] {
  return jobs.map((job) => ({
    name: job.name,
    functions: handlersOfMachine(job).map((spec) => functionSpec(environment, job, spec)),
    machine: compileStateMachine(job, environment.maxConcurrency),
    visits: visitsOfJob(job),
    distributes: job.steps.length > 0,
    childMachines: [],
  }));
}

function functionSpec({ name, maxMemoryMb }: Environment, job: AnyJob, spec: HandlerSpec): FunctionSpec {
  if (spec.memoryMb > maxMemoryMb) {
    throw new ConfigError(
      `Environment ${name}: maxMemoryMb is ${maxMemoryMb}, but step ${spec.name} of ${job.name} asks for ${spec.memoryMb}: ` +
        'raise maxMemoryMb (and, in a new account, ask AWS for the quota)',
    );
  }
  return { ...spec, access: accessOf(job, spec.name) };
}

function accessOf(job: AnyJob, handler: string): Access {
  const input: Place = job.scope === 'logs' ? 'logs' : 'outputs';
  switch (handler) {
    case 'configure':
      return { reads: [...new Set<Place>([input, 'outputs', 'config'])], writes: ['work'], deletes: [] };
    case 'plan':
      return { reads: ['work'], writes: ['work'], deletes: [] };
    case 'publish':
      return { reads: ['outputs'], writes: ['outputs'], deletes: ['outputs'] };
    case 'activate':
      return { reads: ['work', 'config'], writes: ['config'], deletes: [] };
  }
  const isLoop = job.steps.some((step) => step.kind === 'loop' && step.name === handler);
  // A loop drops checkpoints that newer ones have replaced; a map's shard reads inputs and what earlier steps wrote.
  if (isLoop) return { reads: ['work'], writes: ['work'], deletes: ['work'] };
  return { reads: input === 'outputs' ? ['outputs'] : [input, 'work'], writes: ['work'], deletes: [] };
}
