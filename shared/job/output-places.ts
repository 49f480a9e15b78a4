/** The places of a run's output: its version, and the folders of its day. */
import { atMost } from '../at-most.ts';
import { dayFolder, logsFolder, versionFolder } from '../store/keys.ts';
import { ownManifest } from './folder-state.ts';
import { type AnyJob, modelsNodeOf, type Publication, type Run } from './job.ts';
import type { Manifest } from './manifest.ts';
import { checkedPublication } from './publication-answer.ts';
import { FOLDERS_AT_ONCE } from './publish.ts';
import { reasonToKeep } from './publish-model.ts';
import { checkPublishes } from './readable.ts';
import type { RunRef } from './run.ts';

/** Returns the folder whose `_SUCCESS` says that the whole run is published. */
export const mainFolder = (job: AnyJob, client: string | undefined, day: number): string =>
  job.scope === 'logs' ? logsFolder(day) : dayFolder(client as string, job.writes, day);

/** Returns the publication of a job. The files of a job with one folder are in `mainFolder`. @throws StepAnswerError */
export async function publicationOf(job: AnyJob, run: Run): Promise<Publication> {
  const answer = checkedPublication(await job.publish(run));
  const publication =
    'folders' in answer ? answer : { folders: [{ prefix: mainFolder(job, run.client, run.day), ...answer }] };
  checkPublishes(job, publication);
  return publication;
}

/** The places that have a run's complete output. A damaged output does not count, so it is published again. */
interface Published {
  /** True when the run's version is complete. False for a job without versions. */
  readonly version: boolean;
  /** True when the folders of the run's day are complete. */
  readonly day: boolean;
}

export async function publishedParts(job: AnyJob, run: Run): Promise<Published> {
  const version = versionOf(job, run);
  const main = await ownManifest(run, mainFolder(job, run.client, run.day));
  let day = main !== undefined;
  await atMost(FOLDERS_AT_ONCE, main === undefined ? [] : foldersIn(main), async (prefix) => {
    // Once a folder is missing, the others need no look.
    if (day && (await ownManifest(run, prefix)) === undefined) day = false;
  });
  return { version: version !== undefined && (await ownManifest(run, version)) !== undefined, day };
}

/**
 * True when this run's complete output exists, as a version or in the folders of its day. Then no step has anything to compute.
 */
export async function isPublished(job: AnyJob, run: Run): Promise<boolean> {
  const { version, day } = await publishedParts(job, run);
  return version || day;
}

/** Returns the folder of this run's version; undefined for a job without versions. */
export function versionOf(job: AnyJob, { client, day, id }: Pick<Run, 'client' | 'day' | 'id'>): string | undefined {
  const node = modelsNodeOf(job);
  return node === undefined ? undefined : versionFolder(client as string, node, day, id);
}

/** True when publishing has nothing left to do, neither for the version nor for the day folder. */
export async function isInPlace(job: AnyJob, run: Run, published: Published, ref: RunRef): Promise<boolean> {
  if (modelsNodeOf(job) === undefined) return published.day;
  if (!published.version) return false;
  if (published.day) return true;
  const { requestedAt, dayFolderIsNamed } = ref;
  const dayFolder = mainFolder(job, run.client, run.day);
  return (await reasonToKeep({ run, requestedAt, dayFolder, dayFolderIsNamed })) !== undefined;
}

/** Returns the other folders that a run over all clients published. */
export const foldersIn = (manifest: Manifest): readonly string[] =>
  (manifest.counts.folders as readonly string[] | undefined) ?? [];
