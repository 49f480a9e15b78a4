/** `shared/cost/model.json`: the fitted model of each job that was measured, a line a job. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { JobModel } from '../../shared/cost/model.ts';

/**
 * Puts the models of the jobs that were measured now in place of their earlier ones and leaves all others as they are, in
 * the order of `names`. A job that is no longer among `names` is left out.
 */
export function addModels(path: string, measured: Readonly<Record<string, JobModel>>, names: readonly string[]): void {
  const held: Readonly<Record<string, JobModel>> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const all = { ...held, ...measured };
  const lines = names.flatMap((name) => (all[name] === undefined ? [] : [`"${name}":${JSON.stringify(all[name])}`]));
  writeFileSync(path, `{\n${lines.join(',\n')}\n}\n`);
}
