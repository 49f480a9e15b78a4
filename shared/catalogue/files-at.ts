/** Finding what a setting such as `itemsPath` names: one file, or a folder of files. */
import { AccessDeniedError, NoInputError } from '../errors.ts';
import { listFolder } from '../job/inputs.ts';
import { childLocation, formatLocation, type Location, parseLocation } from '../store/location.ts';
import type { ObjectInfo, Store } from '../store/store.ts';

export interface Files {
  readonly store: Store;
  readonly objects: readonly ObjectInfo[];
}

/**
 * The file at a location, or the readable files directly in the folder there, by name.
 * @param setting what names the location, for messages
 * @throws NoInputError where there is neither; AccessDeniedError where it may not be read
 */
export async function filesAt(
  setting: string,
  location: string,
  openStore: (location: string) => Promise<Store>,
): Promise<Files> {
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

async function find(setting: string, at: Location, openStore: (location: string) => Promise<Store>): Promise<Files> {
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

/** The folder that a location lies in, and its name there; undefined for a whole bucket or disk. */
function parentOf(at: Location): { folder: Location; name: string } | undefined {
  const path = at.scheme === 'file' ? at.path.slice(1) : at.prefix;
  if (path === '') return undefined;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const above = path.slice(0, -name.length).replace(/\/$/, '');
  if (at.scheme === 'file') return { folder: { scheme: 'file', path: `/${above}` }, name };
  return { folder: childLocation({ ...at, prefix: '' }, above), name };
}
