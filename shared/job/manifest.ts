/** The manifest of an output folder. It is the content of `_SUCCESS`, and describes the run and every file. */
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { SUCCESS } from '../store/keys.ts';
import { openSealed } from '../store/sealed.ts';
import type { Store, StoredObject } from '../store/store.ts';

/** One file of an output. */
export interface ManifestFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly [key: string]: JsonValue;
}

/** The manifest has no times, no absolute paths and no secrets. */
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
const COMPUTE_AGAIN = 'Run the job that writes this folder again, and it is published anew.';

/** Reads `_SUCCESS`; undefined if there is none. */
export async function readSuccess(store: Store, prefix: string): Promise<StoredObject | undefined> {
  try {
    return await store.get(prefix + SUCCESS);
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

/**
 * Reads the manifest of a published folder; undefined if there is none, or if another system wrote `_SUCCESS`. Files that the
 * manifest names may be missing.
 *
 * @throws DamagedObjectError for a manifest that is torn or was changed
 */
export async function readManifest(store: Store, prefix: string): Promise<Manifest | undefined> {
  const success = await readSuccess(store, prefix);
  // An empty `_SUCCESS`, or one with another text, is the marker of another system.
  if (success === undefined || success.bytes[0] !== OPENING_BRACE) return undefined;
  return openSealed<Manifest>(success.bytes, `${store.root}/${prefix}${SUCCESS}`, COMPUTE_AGAIN);
}

/**
 * Reads the manifest of one of many folders. It returns undefined also for a damaged one, so that the others can still be read.
 */
export async function readManifestIfIntact(store: Store, prefix: string): Promise<Manifest | undefined> {
  const success = await readSuccess(store, prefix);
  return success && parseManifest(success.bytes);
}

/** Returns the manifest in the bytes of a `_SUCCESS`; undefined for other bytes and for a damaged manifest. */
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
