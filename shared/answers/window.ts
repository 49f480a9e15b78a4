/** The days whose actions a published model read, and the actions of these days. */
import { dateOf, dayInWords } from '../in-words.ts';
import { listFolder } from '../job/inputs.ts';
import type { AnyJob } from '../job/job.ts';
import { type Manifest, readManifestIfIntact } from '../job/manifest.ts';
import { type ActionBatch, NO_REJECTS, readActions } from '../model/read-actions.ts';
import { partOf } from '../shuffle/parts.ts';
import { ACTIONS, dayFolder, partName } from '../store/keys.ts';
import type { ObjectInfo, Store } from '../store/store.ts';

/** Days since 1970-01-01 UTC, both inclusive. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export const windowInWords = ({ from, to }: Window): string =>
  from === to ? `the day ${dayInWords(from)}` : `the ${to - from + 1} days from ${dateOf(from)} to ${dateOf(to)}`;

export const daysOf = ({ from, to }: Window): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

/**
 * Returns the days of the actions behind a model. A job that reads what another job wrote, such as sessions, has the days that the
 * other job read; they are one day where that cannot be told, because those folders are gone.
 *
 * @param store the root of the job's inputs
 */
export async function windowOf(
  { day, settings }: Pick<Manifest, 'day' | 'settings'>,
  job: AnyJob,
  jobs: readonly AnyJob[],
  { store, client }: { readonly store: Store; readonly client: string },
): Promise<Window> {
  const from = day - (typeof settings.days === 'number' ? settings.days : 1) + 1;
  const folder = job.inputs.folders[0];
  if (folder === undefined || job.inputs.folders.includes(ACTIONS)) return { from, to: day };
  const writer = jobs.find(({ writes }) => writes === folder);
  let first = from;
  for (let read = from; read <= day; read++) {
    const manifest = await readManifestIfIntact(store, dayFolder(client, folder, read));
    if (manifest === undefined || writer === undefined) continue;
    first = Math.min(first, (await windowOf(manifest, writer, jobs, { store, client })).from);
  }
  return { from: first, to: day };
}

export interface WindowReading {
  readonly store: Store;
  readonly client: string;
  readonly window: Window;
  readonly jobs: readonly AnyJob[];
  readonly warn: (warning: string) => void;
  /** The user whose actions are wanted; without it all actions are read. */
  readonly user?: number | undefined;
}

/**
 * Passes the actions of the days on. With a user, files without this user are passed over where their names tell it, so the caller
 * still has to look at the ids. A line that is no action is left out here, because the jobs report it.
 *
 * @returns the number of days that had anything to read
 * @throws UnfinishedDayError
 */
export async function readWindow(
  { store, client, window, jobs, warn, user }: WindowReading,
  take: (batch: ActionBatch) => void,
): Promise<number> {
  const job = jobs.find(({ writes }) => writes === ACTIONS)?.name ?? ACTIONS;
  let found = 0;
  for (const day of daysOf(window)) {
    const folder = dayFolder(client, ACTIONS, day);
    const files = await listFolder(store, folder, { owner: { job, client, day }, warn });
    if (files.length > 0) found++;
    const isOurs = files.length > 1 && user !== undefined && (await isBy(job, store, folder));
    for (const file of isOurs ? partWith(user, files, folder) : files) {
      await readActions(store, file, NO_REJECTS, take);
    }
  }
  return found;
}

const isBy = async (job: string, store: Store, folder: string): Promise<boolean> =>
  (await readManifestIfIntact(store, folder))?.job === job;

/** Returns the part that has a user's actions; all files when their names are not those of parts. */
function partWith(user: number, files: readonly ObjectInfo[], folder: string): readonly ObjectInfo[] {
  const part = partOf(user, files.length);
  const names = new Set([partName(part), partName(part, true)]);
  const isNamed = files.every(({ key }, at) => [partName(at), partName(at, true)].includes(key.slice(folder.length)));
  return isNamed ? files.filter(({ key }) => names.has(key.slice(folder.length))) : files;
}
