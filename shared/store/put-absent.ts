import { PreconditionFailedError } from '../errors.ts';
import type { Body, Store } from './store.ts';

/** Writes an object that every writer would write alike: the first one stays. Says whether this one was it. */
export async function putAbsent(store: Store, key: string, body: Body): Promise<boolean> {
  try {
    await store.put(key, body, { absent: true });
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailedError) return false;
    throw error;
  }
}
