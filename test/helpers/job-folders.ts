import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { JOB_NAMES } from '../../functions/registry.ts';
import type { JobFolders } from '../../shared/job/check.ts';

const FUNCTIONS = fileURLToPath(new URL('../../functions/', import.meta.url));

/** Returns the names of the registered jobs, and the files of every folder in `functions/`. */
export function jobFolders(): JobFolders {
  const folders = readdirSync(FUNCTIONS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = Object.fromEntries(folders.map(({ name }) => [name, readdirSync(FUNCTIONS + name)]));
  return { registered: JOB_NAMES, files };
}
