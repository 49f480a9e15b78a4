/**
 * Finds and removes old work areas on a disk. In S3 a rule of the bucket expires everything below `.work/` after the same time.
 *
 * A run that is over keeps its work area until the next run of the same job and client ends (`run-job.ts`). Work areas of runs
 * that failed, were blocked or were killed stay, so that the same command goes on in them, and so do the records beside them
 * (`published/`, `folds/`). They are old when nothing was written into them for `KEPT_DAYS` days. No run is under way in them then,
 * because a step ends within minutes. A run that is just being resumed there finds that objects are gone, and computes them anew.
 */
import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { parseLocation } from '../../shared/store/location.ts';
import { KEPT_DAYS, oldTrainings, removeTraining } from './old-trainings.ts';
import { unlessGone } from './unless-gone.ts';

const WORK = '.work';
/** Below `.work`: what is being removed. A work area is moved there first, so that nobody finds a half of it. */
const REMOVED = '_removed';
/** Below `.work`: roots of their own, in which each training has an age. */
const EVALUATE = 'evaluate';
/** Folders of records, of which each has an age. */
const RECORDS = new Set(['published', 'folds', 'days']);

/** A work area or a record that nobody has written for a while. */
export interface OldWork {
  /** The path below the root. */
  readonly path: string;
  /** The bytes that its removal frees. Those that published files share stay. */
  readonly bytes: number;
  /** The time of the last write, in milliseconds since 1970. */
  readonly writtenMs: number;
}

/**
 * Returns what is old below `.work/` of a root, in the order of the paths.
 * @param root the location of the outputs; nothing is found in S3
 */
export function oldWork(root: string, now: Date, keptDays = KEPT_DAYS): OldWork[] {
  const location = parseLocation(root);
  if (location.scheme !== 'file') return [];
  const before = now.getTime() - keptDays * MS_PER_DAY;
  const found = candidates(location.path).map((path) => ({ path, ...sizeOf(join(location.path, path)) }));
  const old = found.filter(({ path, writtenMs }) => writtenMs < before || path.startsWith(`${WORK}/${REMOVED}/`));
  const all = [...old, ...trainingsIn(location.path, now, keptDays)];
  // What was removed meanwhile has no time.
  return all.filter(({ writtenMs }) => Number.isFinite(writtenMs)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Removes what is old below `.work/` of a root. Returns what was removed. */
export function removeOldWork(root: string, now: Date, keptDays = KEPT_DAYS): OldWork[] {
  const location = parseLocation(root);
  if (location.scheme !== 'file') return [];
  return oldWork(root, now, keptDays).filter(({ path }) => remove(location.path, path));
}

/** Returns false for what a run, or another command that cleans, has removed meanwhile. */
function remove(root: string, path: string): boolean {
  if (path.startsWith(`${WORK}/${EVALUATE}/`)) return removeTraining(join(root, path));
  if (path.startsWith(`${WORK}/${REMOVED}/`)) {
    rmSync(join(root, path), { recursive: true, force: true });
    return true;
  }
  // No other command has this name, so a folder is never moved into another one.
  const doomed = join(root, WORK, REMOVED, `${path.replaceAll('/', ',')},${randomUUID()}`);
  mkdirSync(join(root, WORK, REMOVED), { recursive: true });
  const move = (): boolean => {
    renameSync(join(root, path), doomed);
    return true;
  };
  if (unlessGone(move) === undefined) return false;
  rmSync(doomed, { recursive: true, force: true });
  return true;
}

/** Returns the paths of all work areas and records but those of evaluations. */
function candidates(root: string): string[] {
  return namesIn(root, WORK).flatMap((job) => {
    const ofJob = `${WORK}/${job}`;
    if (job === EVALUATE) return [];
    if (job === REMOVED) return namesIn(root, ofJob).map((name) => `${ofJob}/${name}`);
    return namesIn(root, ofJob).flatMap((client) =>
      namesIn(root, `${ofJob}/${client}`).flatMap((name) => {
        const path = `${ofJob}/${client}/${name}`;
        return RECORDS.has(name) ? namesIn(root, path).map((record) => `${path}/${record}`) : [path];
      }),
    );
  });
}

const trainingsIn = (root: string, now: Date, keptDays: number): OldWork[] =>
  namesIn(root, `${WORK}/${EVALUATE}`).flatMap((client) => {
    const own = `${WORK}/${EVALUATE}/${client}`;
    return oldTrainings(join(root, own), client, now, keptDays).map((path) => ({
      path: `${own}/${path}`,
      ...sizeOf(join(root, own, path)),
    }));
  });

/** Returns the names in a folder, sorted; none when it is no folder. */
function namesIn(root: string, path: string): string[] {
  const folder = join(root, path);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return unlessGone(() => readdirSync(folder).sort()) ?? [];
}

/** Returns the bytes of a file or folder that no other name has, and the time of the last write in it. */
function sizeOf(path: string): Pick<OldWork, 'bytes' | 'writtenMs'> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  // A run that goes on may have removed it meanwhile.
  if (stat === undefined) return { bytes: 0, writtenMs: Number.POSITIVE_INFINITY };
  if (!stat.isDirectory()) return { bytes: stat.nlink > 1 ? 0 : stat.size, writtenMs: stat.mtimeMs };
  let bytes = 0;
  let writtenMs = stat.mtimeMs;
  for (const name of unlessGone(() => readdirSync(path)) ?? []) {
    const below = sizeOf(join(path, name));
    bytes += below.bytes;
    writtenMs = Math.max(writtenMs, below.writtenMs);
  }
  return { bytes, writtenMs };
}
