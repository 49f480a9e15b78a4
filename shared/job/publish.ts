/**
 * Publishing: replacing an output folder as a whole, so that no reader ever mixes two runs.
 *
 *   1. Say whose turn it is: the newest request's for this output (`claim.ts`).
 *   2. Write `_BEGUN`: from here on the folder is ours, and not whole without our `_SUCCESS`.
 *   3. Remove `_SUCCESS`. 4. Replace the files, several at once, each only over what was there when publishing began.
 *   5. Remove files that the new output does not have. 6. Write `_SUCCESS`, the run's manifest, last.
 *
 * A model is published as a version first, which nobody replaces (`publish-model.ts`).
 *
 * A reader that sees the same `_SUCCESS` before and after reading has read one run. A run that meets a write it did not
 * expect looks who made it: a newer request (then it stops, superseded) or another attempt of its own (then it starts over,
 * unless that one is through with it).
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
import type { OutputFile, OutputFolder, Publication, Run } from './job.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import type { WorkArea } from './work-area.ts';

/** A publication of one's own may be met by an earlier attempt that still goes on, but not for ever. */
const ATTEMPTS = 5;
/** Of a folder. What the store moves itself is but waited for; a file that is streamed may take 32 MiB of memory. */
const FILES_AT_ONCE = 8;

export interface PublishRequest {
  readonly run: Run;
  readonly version: number;
  readonly requestedAt: string;
  readonly publication: Publication;
  /** The settings for the manifest. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** Whether all of this run's output is in place. */
  readonly isPublished: () => Promise<boolean>;
}

/** Publishes all folders in order; resolves to what was written. @throws SupersededError */
export async function publish(request: PublishRequest): Promise<Written> {
  const { run, publication } = request;
  const replaced = new Set<string>();
  return again(async () => {
    // First the ETags, then a look at another attempt's progress: what that one writes in between meets a condition.
    const before = new Map<string, Etags>();
    for (const { prefix } of publication.folders) before.set(prefix, await etagsOf(run.output, prefix));
    // Before the claim, which makes the folders ours.
    for (const [prefix, etags] of before) {
      if (replaced.has(prefix) || !(await isForeign(run, prefix, etags))) continue;
      replaced.add(prefix);
      run.log('warn', `${prefix} was written by another system: it is replaced`);
    }
    await claim(run, request.requestedAt);
    if (await request.isPublished()) return NOTHING_WRITTEN;
    // First, because the last folder's `_SUCCESS` says that all is done.
    for (const prefix of publication.removed ?? []) await removeFolder(run, request.requestedAt, prefix);
    let written = NOTHING_WRITTEN;
    for (const folder of publication.folders) {
      const { files } = await writeFolder(run.output, await stagedFolder(request, folder), before.get(folder.prefix)!);
      written = { files: written.files + files.length, bytes: written.bytes + bytesOfAll(files) };
    }
    return written;
  });
}

/** What a publication came to. */
export interface Written {
  readonly files: number;
  readonly bytes: number;
  readonly [key: string]: JsonValue;
}

export const NOTHING_WRITTEN: Written = { files: 0, bytes: 0 };

export const bytesOfAll = (files: readonly ManifestFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

/** Tries once more where somebody else wrote in between: another attempt of the same run, or a newer request. */
export async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PreconditionFailedError) || made === ATTEMPTS) throw error;
    }
  }
}

/** True when a folder holds somebody else's files: nothing in it, and no claim, is ours. */
async function isForeign(run: Run, prefix: string, etags: Etags): Promise<boolean> {
  if (etags.size === 0 || etags.has(BEGUN)) return false;
  return (await lookAtFolder(run.output, prefix, ownerOf(run))).state.kind === 'foreign';
}

/** What this run's claim on its day is found by. */
export const ownerOf = (run: Run): FolderOwner => ({ job: run.job, client: run.client ?? null, day: run.day });

/** A folder to be written: each file by a function that puts it under a key. */
export interface FolderContent {
  readonly prefix: string;
  /** Of `_BEGUN`. */
  readonly begun: { readonly run: string; readonly requestedAt: string };
  readonly files: readonly PutFile[];
  /** Beside the manifest's files, and not among them. */
  readonly extras?: readonly PutFile<unknown>[];
  readonly manifest: (files: readonly ManifestFile[]) => Manifest;
}

export interface PutFile<T = ManifestFile> {
  readonly name: string;
  readonly put: (key: string, condition: WriteCondition) => Promise<T>;
}

/** An output folder out of the work area. Whole files are compared with their hashes now. @throws DamagedObjectError */
export async function stagedFolder(
  { run, version, requestedAt, settings }: Pick<PublishRequest, 'run' | 'version' | 'requestedAt' | 'settings'>,
  { prefix, files, counts }: OutputFolder,
): Promise<FolderContent> {
  // Before anything is replaced: where a staged file is damaged, what is published stays.
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

/** Replaces a folder; resolves to its manifest. @param before what was in it when publishing began */
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
 * Puts one file into its folder; resolves to what the manifest says of it. Where a file lies in the work area as it is to
 * be, the store moves its bytes itself, and the hash is the one that was left beside it.
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

/** A staged object as it is to be published, compared with the hash that was taken when it was written. */
interface Staged {
  readonly info: ObjectInfo;
  readonly sha256: string;
}

/** The one staged object that the whole file is; undefined for a file of pieces. @throws DamagedObjectError */
async function stagedWhole({ output, work }: Run, { pieces }: OutputFile): Promise<Staged | undefined> {
  const [piece, ...others] = pieces;
  if (piece === undefined || others.length > 0 || piece.start !== undefined) return undefined;
  const info = await output.head(piece.key);
  return info && { info, sha256: await work.verified(info) };
}

/** @param sha256 of the only piece, where it is a whole object */
async function* bytesOf(work: WorkArea, { pieces }: OutputFile, sha256?: string): AsyncIterable<Uint8Array> {
  for (const { key, start, end, read } of pieces) {
    if (read !== undefined) yield* read();
    else if (start === undefined) yield* work.streamVerified(key, {}, sha256);
    else if (start !== end) yield* work.store.stream(key, { range: end === undefined ? { start } : { start, end } });
  }
}

/**
 * Removes a folder. One from before `_BEGUN` gets that mark first, so that a removal broken off leaves no half that could pass
 * for another system's output.
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

/** The objects directly in a folder. */
export async function etagsOf(output: Store, prefix: string): Promise<Map<string, string>> {
  const objects = await objectsIn(output, prefix);
  return new Map([...objects].map(([name, { etag }]) => [name, etag]));
}
