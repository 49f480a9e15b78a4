/**
 * The state of an output folder: complete, unfinished, or written by another system.
 *
 * A run of ours writes `_BEGUN` first and `_SUCCESS`, its manifest, last. An output is therefore complete if it has a manifest,
 * and all files of the manifest exist with their sizes. It is unfinished if it has `_BEGUN` but not such a manifest. A folder
 * that has neither was written by another system, by hand, or by an older build that wrote no `_BEGUN`. In the last case the
 * writer's claim shows that, as long as it exists.
 */
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import { BEGUN, logsFolder, publishedKey, SUCCESS } from '../store/keys.ts';
import { openSealed } from '../store/sealed.ts';
import type { ObjectInfo, Store } from '../store/store.ts';
import type { Run } from './job.ts';
import { type Manifest, parseManifest, readManifestIfIntact, readSuccess } from './manifest.ts';

/** The writer of a folder of ours. The key of its claim follows from it. */
export interface FolderOwner {
  readonly job: string;
  /** Null for the folders of a job over all clients. */
  readonly client: string | null;
  readonly day: number;
}

export type FolderState =
  | { readonly kind: 'empty' }
  /** `files` are those of the manifest that were found, in the order of their names. */
  | { readonly kind: 'whole'; readonly manifest: Manifest; readonly files: readonly ObjectInfo[] }
  /** `why` continues "this folder is not complete: …". */
  | { readonly kind: 'unfinished'; readonly why: string }
  /** `mark` is the text of its `_SUCCESS`; undefined if there is none. */
  | { readonly kind: 'foreign'; readonly mark: string | undefined };

/** The objects directly in a folder, by name. */
export type FolderObjects = ReadonlyMap<string, ObjectInfo>;

export interface FolderLook {
  readonly state: FolderState;
  readonly objects: FolderObjects;
  /** The ETag of `_SUCCESS`, which was read before the objects were listed. */
  readonly successEtag: string | undefined;
}

/** Returns the state and the objects of a folder. @param owner undefined if no job of ours writes such folders */
export async function lookAtFolder(store: Store, prefix: string, owner: FolderOwner | undefined): Promise<FolderLook> {
  const success = await readSuccess(store, prefix);
  const objects = await objectsIn(store, prefix);
  const state = await stateOf(store, prefix, objects, success?.bytes, owner);
  return { state, objects, successEtag: success?.etag };
}

export async function objectsIn(store: Store, prefix: string): Promise<Map<string, ObjectInfo>> {
  const objects = new Map<string, ObjectInfo>();
  for await (const object of store.list(prefix)) {
    const name = object.key.slice(prefix.length);
    if (!name.includes('/')) objects.set(name, object);
  }
  return objects;
}

async function stateOf(
  store: Store,
  prefix: string,
  objects: FolderObjects,
  success: Uint8Array | undefined,
  owner: FolderOwner | undefined,
): Promise<FolderState> {
  const manifest = success === undefined ? undefined : parseManifest(success);
  if (manifest !== undefined) {
    const why = lackOf(manifest, objects);
    if (why !== undefined) return { kind: 'unfinished', why };
    const names = new Set(manifest.files.map(({ name }) => name));
    return { kind: 'whole', manifest, files: [...objects].flatMap(([name, file]) => (names.has(name) ? [file] : [])) };
  }
  if (![...objects.keys()].some((name) => !name.startsWith('.'))) return { kind: 'empty' };
  if (objects.has(BEGUN) || (owner !== undefined && (await isClaimed(store, prefix, owner)))) {
    return { kind: 'unfinished', why: success === undefined ? `it has no ${SUCCESS}` : `its ${SUCCESS} is damaged` };
  }
  return { kind: 'foreign', mark: success && new TextDecoder().decode(success) };
}

/** Returns, in words, the first file of a manifest that is missing or has another size; undefined if all are right. */
function lackOf({ files }: Manifest, objects: FolderObjects): string | undefined {
  for (const { name, size } of files) {
    const found = objects.get(name);
    if (found === undefined) return `${name} is missing`;
    // The manifest of another system may have only the names of the files.
    if (size !== undefined && found.size !== size)
      return `${name} has ${found.size} bytes, and ${SUCCESS} says ${size}`;
  }
  return undefined;
}

/**
 * True when a run of ours has claimed this folder. A run over all clients has one claim for many folders. If it has published
 * all of them, its manifest names its folders.
 */
async function isClaimed(store: Store, prefix: string, { job, client, day }: FolderOwner): Promise<boolean> {
  if (client !== null && (await store.head(publishedKey(job, client, day)))) return true;
  const shared = publishedKey(job, null, day);
  if (!(await store.head(shared))) return false;
  const manifest = await wholeManifest(store, logsFolder(day));
  if (manifest === undefined || prefix === logsFolder(day)) return true;
  const claim = new TextDecoder().decode((await store.get(shared)).bytes);
  if (!claim.includes(`"${manifest.run}"`)) return true;
  const { folders = [], others = [] } = manifest.counts as { folders?: readonly string[]; others?: readonly string[] };
  return folders.includes(prefix) || others.includes(prefix);
}

/** Returns the manifest of a folder whose files all exist with their sizes; undefined for any other folder. */
export async function wholeManifest(store: Store, prefix: string): Promise<Manifest | undefined> {
  const manifest = await readManifestIfIntact(store, prefix);
  if (manifest === undefined) return undefined;
  return lackOf(manifest, await objectsIn(store, prefix)) === undefined ? manifest : undefined;
}

/** True when `_BEGUN` exists and is damaged. */
async function hasDamagedMark(output: Store, prefix: string): Promise<boolean> {
  try {
    openSealed((await output.get(prefix + BEGUN)).bytes, prefix + BEGUN);
    return false;
  } catch (error) {
    if (error instanceof MissingObjectError) return false;
    if (error instanceof DamagedObjectError) return true;
    throw error;
  }
}

/**
 * Returns the manifest of a complete folder that this run published; undefined for any other. If the store can compare
 * contents, as a disk can, the files are read and compared with the hashes from the time of publishing.
 */
export async function ownManifest(
  { output, id }: Pick<Run, 'output' | 'id'>,
  prefix: string,
): Promise<Manifest | undefined> {
  const manifest = await readManifestIfIntact(output, prefix);
  if (manifest?.run !== id || lackOf(manifest, await objectsIn(output, prefix)) !== undefined) return undefined;
  if (await hasDamagedMark(output, prefix)) return undefined;
  for (const { name, size, sha256 } of manifest.files) {
    const found = await output.head(prefix + name);
    if (found?.size !== size || (await output.holds?.(found, sha256)) === false) return undefined;
  }
  return manifest;
}
