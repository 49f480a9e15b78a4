/** Writes `shared/cost/model.json`, which has one line for each measured job with its fitted model. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { JobModel } from '../../shared/cost/model.ts';

/**
 * Replaces the models of the measured jobs and keeps all others. The jobs are in the order of `names`, and a job that is not
 * in `names` is left out.
 */
export function addModels(path: string, measured: Readonly<Record<string, JobModel>>, names: readonly string[]): void {
  const held: Readonly<Record<string, JobModel>> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const all = { ...held, ...measured };
  const lines = names.flatMap((name) => (all[name] === undefined ? [] : [`"${name}":${JSON.stringify(all[name])}`]));
  writeFileSync(path, `{\n${lines.join(',\n')}\n}\n`);
}
