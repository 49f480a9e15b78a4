/** Reads the shard list of a Map, as Step Functions does it. */
import type { JsonValue } from '../json.ts';
import { sealedEntries } from '../store/sealed.ts';
import type { OpenStore } from './run.ts';

/**
 * Returns a function that reads the list at an address that `addressOf` makes: a bucket, or a folder in its place, and a key.
 */
export const readListIn =
  (openStore: OpenStore) =>
  async (bucket: string, key: string): Promise<readonly JsonValue[]> => {
    const store = await openStore(bucket.startsWith('/') ? bucket : `s3://${bucket}`);
    return sealedEntries((await store.get(key)).bytes, `${store.root}/${key}`);
  };
