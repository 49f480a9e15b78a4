/**
 * Finds the examples of the jobs by name. No deployed module imports this file, so that no function's bundle holds an
 * example.
 */

import { existsSync } from 'node:fs';
import { UsageError } from '../shared/errors.ts';
import type { ExampleSettings, JobExample } from '../shared/job/example.ts';
import type { AnyJob } from '../shared/job/job.ts';
import { checkedJobName } from './registry.ts';

/** @throws UsageError for a name that is not registered, and for a job without an example */
export async function exampleOf(name: string): Promise<JobExample> {
  const file = new URL(`${checkedJobName(name)}/example.ts`, import.meta.url);
  if (!existsSync(file)) {
    throw new UsageError(`functions/${name}/example.ts is missing: export a JobExample from it, as the other jobs do`);
  }
  const { example } = (await import(file.href)) as { readonly example: JobExample };
  return example;
}

/** True for a job that reads attributes of items, from a catalogue or a database. */
export const needsCatalogue = (job: AnyJob): boolean => 'itemsPath' in job.settings.shape;

/**
 * Returns the settings in a client's node for the job, for one day of a small shop whose model is activated.
 *
 * @param catalogue the settings that name the items, for a job that needs them
 */
export async function smallDayOf(job: AnyJob, catalogue: ExampleSettings): Promise<ExampleSettings> {
  const { smallDay = {} } = await exampleOf(job.name);
  const items = needsCatalogue(job) ? catalogue : {};
  return job.activates === undefined ? { ...smallDay, ...items } : { ...smallDay, ...items, activate: true };
}
