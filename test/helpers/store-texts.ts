/** Reads objects of a store as text. */
import { MissingObjectError } from '../../shared/errors.ts';
import type { Store } from '../../shared/store/store.ts';

/** Returns the text of an object. @throws MissingObjectError when the store has no such object */
export async function textAt(store: Store, key: string): Promise<string> {
  return new TextDecoder().decode((await store.get(key)).bytes);
}

/** Returns the texts of the objects below a prefix, by the part of their keys after the last slash. */
export async function textsBelow(store: Store, prefix: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for await (const { key } of store.list(prefix)) {
    texts.set(key.slice(key.lastIndexOf('/') + 1), await textAt(store, key));
  }
  return texts;
}

/** Returns the text of an object, or undefined when the store has no such object. */
export async function textIfThere(store: Store, key: string): Promise<string | undefined> {
  try {
    return await textAt(store, key);
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

/** Returns the texts of the objects below a prefix, by their keys. */
export async function contents(store: Store, prefix = ''): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { key } of store.list(prefix)) found[key] = await textAt(store, key);
  return found;
}
