import { PreconditionFailedError } from '../errors.ts';
import type { Body, Store } from './store.ts';

/** Writes an object that every writer writes alike, if it does not exist yet. Returns true when it was written. */
export async function putAbsent(store: Store, key: string, body: Body): Promise<boolean> {
  try {
    await store.put(key, body, { absent: true });
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailedError) return false;
    throw error;
  }
}
