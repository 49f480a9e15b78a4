/** A store with something happening at its calls: a fault, a wait, a look from outside. */
import type { Store } from '../../shared/store/store.ts';

export type StoreCall = 'head' | 'get' | 'stream' | 'list' | 'put' | 'delete';

export interface Watch {
  /** Before the call takes effect; what it throws is the call's answer. */
  readonly before?: (call: StoreCall, key: string) => void | Promise<void>;
  /** After a put or delete took effect; what it throws is an answer that was lost. */
  readonly afterWrite?: (call: 'put' | 'delete', key: string) => void | Promise<void>;
}

export function watchedStore(store: Store, { before, afterWrite }: Watch): Store {
  return {
    root: store.root,
    head: async (key) => {
      await before?.('head', key);
      return store.head(key);
    },
    get: async (key, options) => {
      await before?.('get', key);
      return store.get(key, options);
    },
    async *stream(key, options) {
      await before?.('stream', key);
      yield* store.stream(key, options);
    },
    async *list(prefix) {
      await before?.('list', prefix);
      yield* store.list(prefix);
    },
    put: async (key, body, condition) => {
      await before?.('put', key);
      const written = await store.put(key, body, condition);
      await afterWrite?.('put', key);
      return written;
    },
    delete: async (key, condition) => {
      await before?.('delete', key);
      await store.delete(key, condition);
      await afterWrite?.('delete', key);
    },
  };
}
