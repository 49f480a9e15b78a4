/** From a location to the store that is there. */
import { FileStore } from './file-store.ts';
import { formatLocation, type Location, parseLocation } from './location.ts';
import type { Store } from './store.ts';

/** Canonical location → its store: a process keeps each one open. */
const open = new Map<string, Promise<Store>>();

/**
 * The store rooted at a location. Whether there is anything shows when it is used.
 * @param location a relative path is refused: resolve it with `parseLocation` where the base folder is known
 * @throws ConfigError for a location that is none
 */
export async function openStore(location: string | Location): Promise<Store> {
  const at = typeof location === 'string' ? parseLocation(location) : location;
  const root = formatLocation(at);
  const store = open.get(root) ?? storeAt(at);
  open.set(root, store);
  return store;
}

async function storeAt(at: Location): Promise<Store> {
  if (at.scheme === 'file') return new FileStore(at.path);
  // The AWS SDK takes a fifth of a second to load: who works in folders does not wait for it.
  const { S3Store, sharedS3Client } = await import('./s3-store.ts');
  return new S3Store(sharedS3Client(), at.bucket, at.prefix);
}
