/** The component of a job: its state machine, a function for each handler, and what each function may do. */
import type * as z from 'zod';
import { factsOf } from '../shared/config/settings.ts';
import { loopsThatHandOver } from '../shared/job/hand-over.ts';
import type { AnyJob } from '../shared/job/job.ts';
import { compileStateMachine, handlersOfMachine } from '../shared/job/state-machine.ts';
import { type Access, type Component, NO_ACCESS, type Place } from './component.ts';
import type { Environment } from './environment.ts';
import { formerFunctions } from './former-functions.ts';
import { visitsOfJob } from './machine-limits.ts';
import { variablesOf } from './nodeless-settings.ts';

export function componentOfJob(environment: Environment, job: AnyJob): Component {
  const functions = handlersOfMachine(job).map((spec) => ({ ...spec, access: accessOf(job, spec.name) }));
  return {
    name: job.name,
    code: job.name,
    functions,
    formerFunctions: formerFunctions(job.name, functions),
    machine: compileStateMachine(job, environment.maxConcurrency),
    visits: visitsOfJob(job),
    distributes: job.steps.length > 0,
    childMachines: loopsThatHandOver(job).length > 0 ? [job.name] : [],
    isJob: true,
    isAside: job.accompanies !== undefined,
    variables: variablesOf(job, environment),
  };
}

function accessOf(job: AnyJob, handler: string): Access {
  const input: Place = job.scope === 'logs' ? 'logs' : 'outputs';
  const facts = Object.values(job.settings.shape as z.ZodRawShape).map(factsOf);
  // A job with a database opens it in `configure`, to read it or to look at it, and in the step after publishing, to fill it.
  const database = facts.some(({ secret }) => secret) && ['configure', job.afterPublish?.name].includes(handler);
  switch (handler) {
    case 'configure': {
      const reads = new Set<Place>([input, 'outputs']);
      // Only clients have nodes.
      if (job.scope === 'client') reads.add('config');
      // The certificates of a database may be in a readable place too.
      if (database || facts.some(({ place }) => place)) reads.add('readable');
      return { ...NO_ACCESS, reads: [...reads], writes: ['work'], deletes: ['work'], database };
    }
    case 'plan':
      return { ...NO_ACCESS, reads: ['work'], writes: ['work'], deletes: ['work'] };
    case 'fold':
      // It does the work of the steps, of the verdict and of publishing.
      return {
        ...NO_ACCESS,
        reads: [...new Set<Place>([input, 'outputs'])],
        writes: ['outputs'],
        deletes: ['outputs'],
      };
    case 'publish':
      return { ...NO_ACCESS, reads: ['outputs'], writes: ['outputs'], deletes: ['outputs'] };
    case 'verdict':
      // It reads the staged model and earlier outputs to compare with, and writes the verdict into the model's history too.
      return { ...NO_ACCESS, reads: ['outputs'], writes: ['outputs'] };
    case 'activate':
      // The model's history and the list of versions to keep are beside the versions, in the outputs.
      return { ...NO_ACCESS, reads: ['config', 'outputs'], writes: ['config', 'outputs'] };
  }
  // The step after publishing reads the output, and reads the configuration again for its secrets, which no plan may hold. It
  // writes the history, which says if the table is held, and the list of versions to keep.
  if (handler === job.afterPublish?.name) {
    const reads: readonly Place[] = database ? ['outputs', 'config', 'readable'] : ['outputs', 'config'];
    return { ...NO_ACCESS, reads, writes: ['outputs'], database };
  }
  const isLoop = job.steps.some((step) => step.kind === 'loop' && step.name === handler);
  // A map's shard reads inputs and what earlier steps wrote; a loop removes checkpoints that newer ones have replaced. Both
  // remove an object of the work area that they find damaged.
  const reads: readonly Place[] = isLoop ? ['work'] : input === 'outputs' ? ['outputs'] : [input, 'work'];
  return { ...NO_ACCESS, reads, writes: ['work'], deletes: ['work'] };
}
