/** All components: one for every job of the registry, the day, and the arrival of its logs. */
import { JOBS } from '../functions/index.ts';
import { ConfigError } from '../shared/errors.ts';
import type { AnyJob } from '../shared/job/job.ts';
import type { Component } from './component.ts';
import { arrivalComponent, dailyComponent } from './day-components.ts';
import type { Environment } from './environment.ts';
import { componentOfJob } from './job-component.ts';
import { checkSlots, withAllowedSlots } from './slots.ts';

/** @throws ConfigError naming a step that needs more memory than the environment allows, or settings that ask for too many slots */
export function componentsOf(environment: Environment, jobs: readonly AnyJob[] = JOBS): Component[] {
  const components = [
    ...jobs.map((job) => componentOfJob(environment, job)),
    dailyComponent(environment, jobs),
    arrivalComponent(environment, jobs),
  ];
  checkSlots(environment);
  for (const component of components) checkMemory(environment, component);
  return withAllowedSlots(environment, components);
}

function checkMemory({ name, maxMemoryMb }: Environment, component: Component): void {
  const large = component.functions.find(({ memoryMb }) => memoryMb > maxMemoryMb);
  if (large === undefined) return;
  throw new ConfigError(
    `Environment ${name}: maxMemoryMb is ${maxMemoryMb}, but step ${large.name} of ${component.name} asks for ` +
      `${large.memoryMb}: raise maxMemoryMb (and, in a new account, ask AWS for the quota)`,
  );
}
