/** The manifest of an output folder: what its `_SUCCESS` says of the run and of every file. */
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { SUCCESS } from '../store/keys.ts';
import { openSealed } from '../store/sealed.ts';
import type { Store, StoredObject } from '../store/store.ts';

/** One file of an output. `sha256` in hex. */
export interface ManifestFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly [key: string]: JsonValue;
}

/** What `_SUCCESS` says: no times, no absolute paths, no secrets. */
export interface Manifest {
  readonly run: string;
  readonly job: string;
  readonly version: number;
  readonly client: string | null;
  readonly day: number;
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly counts: Readonly<Record<string, JsonValue>>;
  readonly files: readonly ManifestFile[];
  readonly [key: string]: JsonValue;
}

const OPENING_BRACE = 0x7b;
const COMPUTE_AGAIN = 'Run the job again that writes this folder: it is published anew.';

/** What `_SUCCESS` holds; undefined where there is none. */
export async function readSuccess(store: Store, prefix: string): Promise<StoredObject | undefined> {
  try {
    return await store.get(prefix + SUCCESS);
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

/**
 * The manifest of a published folder; undefined where there is none, or none of ours. Its files may be missing all the same.
 * @throws DamagedObjectError for one that is torn or was changed
 */
export async function readManifest(store: Store, prefix: string): Promise<Manifest | undefined> {
  const success = await readSuccess(store, prefix);
  // An empty `_SUCCESS`, or one of other words, is another system's: a marker, and no manifest.
  if (success === undefined || success.bytes[0] !== OPENING_BRACE) return undefined;
  return openSealed<Manifest>(success.bytes, `${store.root}/${prefix}${SUCCESS}`, COMPUTE_AGAIN);
}

/**
 * The same for one folder among many that are looked at: undefined for a damaged manifest, too, so that it hides none of the
 * others.
 */
export async function readManifestIfIntact(store: Store, prefix: string): Promise<Manifest | undefined> {
  const success = await readSuccess(store, prefix);
  return success && parseManifest(success.bytes);
}

/** The manifest that a `_SUCCESS` is; undefined for any other, a damaged manifest among them. */
export function parseManifest(success: Uint8Array): Manifest | undefined {
  try {
    const manifest = openSealed<Manifest>(success, SUCCESS);
    return Array.isArray(manifest.files) && manifest.files.every(isManifestFile) ? manifest : undefined;
  } catch (error) {
    if (error instanceof DamagedObjectError) return undefined;
    throw error;
  }
}

const isManifestFile = (value: unknown): boolean => typeof (value as Partial<ManifestFile> | null)?.name === 'string';
