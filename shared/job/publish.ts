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
import { hashed } from '../store/body.ts';
import { BEGUN, inOrderOfRemoval, SUCCESS } from '../store/keys.ts';
import { sealed } from '../store/sealed.ts';
import type { ObjectInfo, Store, WriteCondition } from '../store/store.ts';
import { claim } from './claim.ts';
import { type FolderOwner, lookAtFolder, objectsIn } from './folder-state.ts';
import { streamVerified, verified } from './hashed-objects.ts';
import type { OutputFile, OutputFolder, Publication, Run } from './job.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import type { WorkArea } from './work-area.ts';

/** The most attempts to publish. Another attempt of the same run may write at the same time, but not five times. */
const ATTEMPTS = 5;
/**
 * The most files of a folder that are written at once. The store copies most files itself, but a streamed file may take 32 MiB
 * of memory.
 */
const FILES_AT_ONCE = 8;

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

/** Publishes all folders in order. Returns the counts of the files that were written. @throws SupersededError */
export async function publish(request: PublishRequest): Promise<Written> {
  const { run, publication } = request;
  const replaced = new Set<string>();
  return again(async () => {
    // The ETags are read before `isPublished`. If another attempt writes in between, a condition on an ETag fails.
    const before = new Map<string, Etags>();
    for (const { prefix } of publication.folders) before.set(prefix, await etagsOf(run.output, prefix));
    // This comes before the claim, after which the folders count as ours.
    for (const [prefix, etags] of before) {
      if (replaced.has(prefix) || !(await isForeign(run, prefix, etags))) continue;
      replaced.add(prefix);
      run.log('warn', `${prefix} was written by another system: it is replaced`);
    }
    await claim(run, request.requestedAt);
    if (await request.isPublished()) return NOTHING_WRITTEN;
    // Folders are removed first, because the `_SUCCESS` of the last folder says that everything is done.
    for (const prefix of publication.removed ?? []) await removeFolder(run, request.requestedAt, prefix);
    let written = NOTHING_WRITTEN;
    for (const folder of publication.folders) {
      const { files } = await writeFolder(run.output, await stagedFolder(request, folder), before.get(folder.prefix)!);
      written = { files: written.files + files.length, bytes: written.bytes + bytesOfAll(files) };
    }
    return written;
  });
}

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
): Promise<FolderContent> {
  // This comes before anything is replaced, so that a damaged object leaves the published output as it was.
  const staged = await atMost(FILES_AT_ONCE, files, (file) => stagedWhole(run, file));
  return {
    prefix,
    begun: { run: run.id, requestedAt },
    files: files.map((file, at) => ({
      name: file.name,
      put: (key, condition) => publishFile(run, file, staged[at], key, condition),
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
 * Writes one file of a folder, and returns its entry in the manifest. If the whole file is one object of the work area, the
 * store copies it, and its hash is the one beside the object.
 */
async function publishFile(
  { output, work }: Run,
  file: OutputFile,
  staged: Staged | undefined,
  key: string,
  condition: WriteCondition,
) {
  const { name } = file;
  if (staged && (await output.link(staged.info, key, condition))) {
    await output.protect?.(key);
    output.knowHash?.(staged.info, key, staged.sha256);
    return { name, size: staged.info.size, sha256: staged.sha256 };
  }
  const { body, hash } = hashed(bytesOf(work, file, staged?.sha256));
  await output.put(key, body, condition);
  await output.protect?.(key);
  return { name, ...hash() };
}

/** An object of the work area that is a whole output file. It has been compared with its hash. */
interface Staged {
  readonly info: ObjectInfo;
  readonly sha256: string;
}

/**
 * Returns the object of the work area that is the whole file; undefined for a file of several pieces.
 *
 * @throws DamagedObjectError
 */
async function stagedWhole({ output, work }: Run, { pieces }: OutputFile): Promise<Staged | undefined> {
  const [piece, ...others] = pieces;
  if (piece === undefined || others.length > 0 || piece.start !== undefined) return undefined;
  const info = await output.head(piece.key);
  return info && { info, sha256: await verified(work, info) };
}

/** Streams the content of a file. @param sha256 the hash of the only piece, if that is a whole object */
async function* bytesOf(work: WorkArea, { pieces }: OutputFile, sha256?: string): AsyncIterable<Uint8Array> {
  for (const { key, start, end, read } of pieces) {
    if (read !== undefined) yield* read();
    else if (start === undefined) yield* streamVerified(work, key, {}, sha256);
    else if (start !== end) yield* work.store.stream(key, { range: end === undefined ? { start } : { start, end } });
  }
}

/**
 * Removes a folder. If it has no `_BEGUN`, because an older build wrote it, it gets one first. Otherwise the rest of a removal
 * that was interrupted would look like another system's output.
 */
async function removeFolder({ id, output }: Run, requestedAt: string, prefix: string): Promise<void> {
  const before = await etagsOf(output, prefix);
  if (before.size === 0) return;
  if (!before.has(BEGUN)) {
    const begun = `${sealed({ run: id, requestedAt })}\n`;
    before.set(BEGUN, (await output.put(prefix + BEGUN, begun, { absent: true })).etag);
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
