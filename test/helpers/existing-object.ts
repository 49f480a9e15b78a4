import type { ObjectInfo, Store } from '../../shared/store/store.ts';

/** Returns the metadata of an object. @throws Error when the store has no such object */
export async function existingObject(store: Pick<Store, 'head'>, key: string): Promise<ObjectInfo> {
  const info = await store.head(key);
  if (info === undefined) throw new Error(`the store has no object ${key}`);
  return info;
}
