/**
 * Removes the old trainings of a client's evaluations from a disk. In S3 the rule that expires work areas does it, because
 * evaluations lie below `.work/`.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { SUCCESS } from '../../shared/store/keys.ts';
import { parseLocation } from '../../shared/store/location.ts';
import { unlessGone } from './unless-gone.ts';

/** The number of days that a training is kept, as a deployment keeps its work areas. A later evaluation trains it again. */
export const KEPT_DAYS = 14;

/** The folders below the root that are removed as a whole: the number of names in their paths. */
const DEPTHS = [
  // <client>/models/<node>/<day>-<run>
  { below: (client: string) => `${client}/models`, depth: 2 },
  // <client>/<job folder>/<day>; the folder of models has been looked through above
  { below: (client: string) => client, depth: 2, except: 'models' },
  // .work/<job>/<client>/<run>
  { below: () => '.work', depth: 3 },
];

/**
 * Removes the models, prerequisites and work areas that were written before the last `KEPT_DAYS` days. Returns their paths
 * below the root.
 *
 * @param root the location of the evaluations; nothing is done for a location in S3
 */
export function removeOldTrainings(root: string, client: string, now: Date): string[] {
  const location = parseLocation(root);
  if (location.scheme !== 'file') return [];
  const old = oldTrainings(location.path, client, now);
  for (const path of old) removeTraining(join(location.path, path));
  return old;
}

/** Returns the paths of old trainings below the folder of a client's evaluations. */
export function oldTrainings(folder: string, client: string, now: Date, keptDays = KEPT_DAYS): string[] {
  return DEPTHS.flatMap(({ below, depth, except }) =>
    foldersAt(folder, below(client), depth).filter(
      (path) => path.split('/')[1] !== except && now.getTime() - writtenMs(join(folder, path)) >= keptDays * MS_PER_DAY,
    ),
  );
}

/** Returns the time of the last write, in milliseconds since 1970. A folder that is gone is not old. */
const writtenMs = (folder: string): number =>
  statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;

/**
 * Removes a training. Without `_SUCCESS` nobody takes the rest for a whole output when the removal is interrupted. Returns false
 * when somebody else has removed it.
 */
export function removeTraining(folder: string): boolean {
  if (!existsSync(folder)) return false;
  rmSync(join(folder, SUCCESS), { force: true });
  rmSync(folder, { recursive: true, force: true });
  return true;
}

/** Returns the paths of the folders so many levels below `path`. Records, which begin with `_`, are no folders of trainings. */
function foldersAt(root: string, path: string, depth: number): string[] {
  if (depth === 0) return [path];
  const entries = unlessGone(() => readdirSync(join(root, path), { withFileTypes: true })) ?? [];
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .flatMap(({ name }) => foldersAt(root, `${path}/${name}`, depth - 1));
}
