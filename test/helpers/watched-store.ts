/** A store with something happening at its calls: a fault, a wait, a look from outside. */
import type { ByteRange, Store } from '../../shared/store/store.ts';

export type StoreCall = 'head' | 'get' | 'stream' | 'list' | 'put' | 'delete';

export interface Watch {
  /** Before the call takes effect; what it throws is the call's answer. @param range of what is read, where it is a part */
  readonly before?: (call: StoreCall, key: string, range?: ByteRange) => void | Promise<void>;
  /** After a put, a link or a delete took effect; what it throws is an answer that was lost. */
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
      await before?.('get', key, options?.range);
      return store.get(key, options);
    },
    async *stream(key, options) {
      await before?.('stream', key, options?.range);
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
    // A read of the one and a put of the other.
    link: async (from, key, condition) => {
      await before?.('get', from.key);
      await before?.('put', key);
      const linked = await store.link(from, key, condition);
      if (linked) await afterWrite?.('put', key);
      return linked;
    },
    ...(store.protect && { protect: store.protect.bind(store) }),
    ...(store.holds && { holds: store.holds.bind(store) }),
    delete: async (key, condition) => {
      await before?.('delete', key);
      await store.delete(key, condition);
      await afterWrite?.('delete', key);
    },
  };
}
