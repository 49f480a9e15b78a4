/** Opens the store at a location. */
import { FileStore } from './file-store.ts';
import { formatLocation, type Location, parseLocation } from './location.ts';
import type { Store } from './store.ts';

/** Canonical location → its store. A process opens each store once. */
const open = new Map<string, Promise<Store>>();

/**
 * Returns the store at a location. It does not check that the location exists; the first use of the store does.
 *
 * @param location must be absolute; `parseLocation` resolves a relative path when the base folder is known
 * @throws ConfigError when the text is not a location
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
  // The AWS SDK takes a fifth of a second to load, so it is loaded only when a store is in S3.
  const { S3Store, sharedS3Client } = await import('./s3-store.ts');
  return new S3Store(sharedS3Client(), at.bucket, at.prefix);
}
