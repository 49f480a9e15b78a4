/**
 * Publishes an output: replaces a folder as a whole, so that no reader mixes the files of two runs.
 *
 *   1. Claim the output, unless a newer request has claimed it (`claim.ts`).
 *   2. Write `_BEGUN`. From now on the folder is ours, and incomplete without our `_SUCCESS`.
 *   3. Remove `_SUCCESS`. 4. Replace the files, several at once, each only if it has not changed since publishing began.
 *   5. Remove the files that the new output does not have. 6. Write `_SUCCESS`, the manifest of the run.
 *
 * A model is first published as a version, which is never replaced (`publish-model.ts`).
 *
 * A reader that sees the same `_SUCCESS` before and after reading has read the files of one run. A run that finds an unexpected
 * write starts again. It then stops if a newer request made the write, and is done if another attempt of the same run has
 * finished.
 */

import { atMost } from '../at-most.ts';
import { PreconditionFailedError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { BEGUN, inOrderOfRemoval, SUCCESS } from '../store/keys.ts';
import { sealed } from '../store/sealed.ts';
import type { Store, WriteCondition } from '../store/store.ts';
import { claim } from './claim.ts';
import { type FolderOwner, lookAtFolder, objectsIn, ownManifest } from './folder-state.ts';
import type { OutputFolder, Publication, Run } from './job.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import { fileSlots, publishFile, slotsOf, stagedWhole } from './publish-file.ts';

/** The most attempts to publish. Another attempt of the same run may write at the same time, but not five times. */
const ATTEMPTS = 5;
/** The most files of a folder that are written at once. The files of all folders also share slots (`publish-file.ts`). */
const FILES_AT_ONCE = 8;
/** The most folders that are read or written at once. */
export const FOLDERS_AT_ONCE = 32;

export interface PublishRequest {
  readonly run: Run;
  readonly version: number;
  readonly requestedAt: string;
  readonly publication: Publication;
  /** The settings for the manifest. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** Returns true when this run's complete output is published. */
  readonly isPublished: () => Promise<boolean>;
}

/**
 * Publishes all folders, and the last one after all others. Returns the counts of the files that were written.
 *
 * @throws SupersededError
 */
export async function publish(request: PublishRequest): Promise<Written> {
  const { run, publication } = request;
  const replaced = new Set<string>();
  return again(async () => {
    // The ETags are read before `isPublished`. If another attempt writes in between, a condition on an ETag fails.
    const looks = await atMost(FOLDERS_AT_ONCE, publication.folders, (folder) => lookBefore(run, folder));
    // This comes before the claim, after which the folders count as ours.
    for (const { folder, isReplaced } of looks) {
      if (!isReplaced || replaced.has(folder.prefix)) continue;
      replaced.add(folder.prefix);
      run.log('warn', `${folder.prefix} was written by another system: it is replaced`);
    }
    await claim(run, request.requestedAt);
    if (await request.isPublished()) return NOTHING_WRITTEN;
    // Folders are removed first, because the `_SUCCESS` of the last folder says that everything is done.
    const begun = { run: run.id, requestedAt: request.requestedAt };
    for (const prefix of publication.removed ?? []) await removeFolder(run.output, prefix, begun);
    const slots = fileSlots();
    const write = async ({ folder, before }: FolderLooked) =>
      (await writeFolder(run.output, await stagedFolder(request, folder, slots), before)).files;
    // An earlier attempt may have completed some of the other folders before it broke off.
    const files = await atMost(FOLDERS_AT_ONCE, looks.slice(0, -1), async (look) =>
      (await isOwn(run, look)) ? [] : await write(look),
    );
    for (const last of looks.slice(-1)) files.push(await write(last));
    const written = files.flat();
    return { files: written.length, bytes: bytesOfAll(written) };
  });
}

/** A folder as it was when publishing began. */
interface FolderLooked {
  readonly folder: OutputFolder;
  readonly before: Etags;
  /** True when another system wrote the files that will be replaced. */
  readonly isReplaced: boolean;
}

async function lookBefore(run: Run, folder: OutputFolder): Promise<FolderLooked> {
  const before = await etagsOf(run.output, folder.prefix);
  return { folder, before, isReplaced: await isForeign(run, folder.prefix, before) };
}

/** True when this run has published the folder, and the folder is complete. */
const isOwn = async (run: Run, { folder, before }: FolderLooked): Promise<boolean> =>
  before.has(SUCCESS) && (await ownManifest(run, folder.prefix)) !== undefined;

/** The number and the bytes of the files that were written. */
export interface Written {
  readonly files: number;
  readonly bytes: number;
  readonly [key: string]: JsonValue;
}

export const NOTHING_WRITTEN: Written = { files: 0, bytes: 0 };

export const bytesOfAll = (files: readonly ManifestFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

/** Repeats the attempt when something else wrote in between: another attempt of the same run, or a newer request. */
export async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PreconditionFailedError) || made === ATTEMPTS) throw error;
    }
  }
}

/** True when another system wrote the files of a folder: nothing in the folder is ours, and there is no claim. */
async function isForeign(run: Run, prefix: string, etags: Etags): Promise<boolean> {
  if (etags.size === 0 || etags.has(BEGUN)) return false;
  return (await lookAtFolder(run.output, prefix, ownerOf(run))).state.kind === 'foreign';
}

/** Returns the job, client and day, from which the key of this run's claim follows. */
export const ownerOf = (run: Run): FolderOwner => ({ job: run.job, client: run.client ?? null, day: run.day });

/** The content of a folder that will be written. */
export interface FolderContent {
  readonly prefix: string;
  /** The content of `_BEGUN`. */
  readonly begun: { readonly run: string; readonly requestedAt: string };
  readonly files: readonly PutFile[];
  /** Files that the manifest does not name. */
  readonly extras?: readonly PutFile<unknown>[];
  readonly manifest: (files: readonly ManifestFile[]) => Manifest;
}

export interface PutFile<T = ManifestFile> {
  readonly name: string;
  /** Writes the file under a key. */
  readonly put: (key: string, condition: WriteCondition) => Promise<T>;
}

/**
 * Returns the content of an output folder from the work area. Objects that are whole files are compared with their hashes.
 *
 * @throws DamagedObjectError
 */
export async function stagedFolder(
  { run, version, requestedAt, settings }: Pick<PublishRequest, 'run' | 'version' | 'requestedAt' | 'settings'>,
  { prefix, files, counts }: OutputFolder,
  slots = fileSlots(),
): Promise<FolderContent> {
  // This comes before anything is replaced, so that a damaged object leaves the published output as it was.
  const staged = await atMost(FILES_AT_ONCE, files, (file) => stagedWhole(run, file));
  return {
    prefix,
    begun: { run: run.id, requestedAt },
    files: files.map((file, at) => ({
      name: file.name,
      put: (key, condition) =>
        slots.with(slotsOf(file, staged[at]), () => publishFile(run, file, staged[at], key, condition)),
    })),
    manifest: (written) => ({
      run: run.id,
      job: run.job,
      version,
      client: run.client ?? null,
      day: run.day,
      settings,
      counts,
      files: written,
    }),
  };
}

/** Replaces a folder, and returns its manifest. @param before the objects in it when publishing began */
export async function writeFolder(output: Store, content: FolderContent, before: Etags): Promise<Manifest> {
  const { prefix, extras = [] } = content;
  const conditionFor = (name: string): WriteCondition => {
    const etag = before.get(name);
    return etag === undefined ? { absent: true } : { ifMatch: etag };
  };
  await output.put(prefix + BEGUN, `${sealed(content.begun)}\n`, conditionFor(BEGUN));
  const success = before.get(SUCCESS);
  if (success !== undefined) await output.delete(prefix + SUCCESS, { ifMatch: success });

  const files = await atMost(FILES_AT_ONCE, content.files, ({ name, put }) => put(prefix + name, conditionFor(name)));
  for (const { name, put } of extras) await put(prefix + name, conditionFor(name));
  const kept = new Set([BEGUN, SUCCESS, ...[...content.files, ...extras].map(({ name }) => name)]);
  for (const [name, etag] of before) {
    if (!kept.has(name)) await output.delete(prefix + name, { ifMatch: etag });
  }
  const manifest = content.manifest(files);
  await output.put(prefix + SUCCESS, `${sealed(manifest, 2)}\n`, { absent: true });
  await output.protect?.(prefix + SUCCESS);
  return manifest;
}

/**
 * Removes a folder. If it has no `_BEGUN`, because an older build wrote it, it gets one first. Otherwise the rest of a removal
 * that was interrupted would look like another system's output.
 */
export async function removeFolder(output: Store, prefix: string, begun: FolderContent['begun']): Promise<void> {
  const before = await etagsOf(output, prefix);
  if (before.size === 0) return;
  if (!before.has(BEGUN)) {
    before.set(BEGUN, (await output.put(prefix + BEGUN, `${sealed(begun)}\n`, { absent: true })).etag);
  }
  for (const name of inOrderOfRemoval([...before.keys()])) {
    await output.delete(prefix + name, { ifMatch: before.get(name)! });
  }
}

/** Name → ETag. */
export type Etags = ReadonlyMap<string, string>;

/** Returns the ETags of the objects directly in a folder. */
export async function etagsOf(output: Store, prefix: string): Promise<Map<string, string>> {
  const objects = await objectsIn(output, prefix);
  return new Map([...objects].map(([name, { etag }]) => [name, etag]));
}
