/** Finds the files at the location in a setting such as `itemsPath`: one file, or the files of a folder. */
import { AccessDeniedError, NoInputError } from '../errors.ts';
import { listFolder } from '../job/inputs.ts';
import type { OpenStore } from '../job/run.ts';
import { childLocation, formatLocation, type Location, parseLocation } from '../store/location.ts';
import type { ObjectInfo, Store } from '../store/store.ts';

export interface Files {
  readonly store: Store;
  readonly objects: readonly ObjectInfo[];
}

/**
 * Returns the file at a location, or the readable files directly in the folder at the location, by name.
 * @param setting the setting with the location, for messages
 * @throws NoInputError when neither exists; AccessDeniedError when they may not be read
 */
export async function filesAt(setting: string, location: string, openStore: OpenStore): Promise<Files> {
  const at = parseLocation(location);
  try {
    return await find(setting, at, openStore);
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    const cure =
      at.scheme === 's3' ? ' On AWS, put it below the output root, or name its place in readablePaths (cdk.json).' : '';
    throw new AccessDeniedError(`${setting}: ${error.message}${cure}`, { cause: error });
  }
}

async function find(setting: string, at: Location, openStore: OpenStore): Promise<Files> {
  const parent = parentOf(at);
  if (parent !== undefined) {
    const store = await openStore(formatLocation(parent.folder));
    const file = await store.head(parent.name);
    if (file !== undefined) return { store, objects: [{ key: file.key, size: file.size, etag: file.etag }] };
  }
  const store = await openStore(formatLocation(at));
  const objects = await listFolder(store, '');
  if (objects.length > 0) return { store, objects };
  throw new NoInputError(`${setting}: there is no file at ${formatLocation(at)}, and no folder with files. Correct it`);
}

/** Returns the parent folder of a location, and the last segment; undefined for a whole bucket or disk. */
function parentOf(at: Location): { folder: Location; name: string } | undefined {
  const path = at.scheme === 'file' ? at.path.slice(1) : at.prefix;
  if (path === '') return undefined;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const above = path.slice(0, -name.length).replace(/\/$/, '');
  if (at.scheme === 'file') return { folder: { scheme: 'file', path: `/${above}` }, name };
  return { folder: childLocation({ ...at, prefix: '' }, above), name };
}
