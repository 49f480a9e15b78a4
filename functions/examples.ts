/** The jobs' examples, by name. Nothing that is deployed imports this file, so that no function's bundle holds an example. */

import { existsSync } from 'node:fs';
import { UsageError } from '../shared/errors.ts';
import type { JobExample } from '../shared/job/example.ts';
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
