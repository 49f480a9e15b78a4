/** Reads the shard list of a Map, as Step Functions does it. */
import type { JsonValue } from '../json.ts';
import { keyAt } from '../store/location.ts';
import { sealedEntries } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';
import type { OpenStore } from './run.ts';

type ReadList = (bucket: string, key: string) => Promise<readonly JsonValue[]>;

/**
 * Returns a function that reads the list at an address that `addressOf` makes: a bucket, or a folder in its place, and a key.
 */
export const readListIn =
  (openStore: OpenStore): ReadList =>
  async (bucket, key) => {
    const store = await openStore(bucket.startsWith('/') ? bucket : `s3://${bucket}`);
    return sealedEntries((await store.get(key)).bytes, `${store.root}/${key}`);
  };

/** Returns a function that reads such a list from the store with the run's work area, part of which a process may hold. */
export const readListFrom =
  (store: Store): ReadList =>
  async (bucket, key) => {
    const own = keyAt(store, { bucket, key });
    return sealedEntries((await store.get(own)).bytes, `${store.root}/${own}`);
  };
