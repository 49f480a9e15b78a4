/** A store that calls a test's functions at its calls, so that the test can make a fault, wait, or look at the store. */
import { defined } from '../../shared/defined.ts';
import type { ByteRange, Store } from '../../shared/store/store.ts';

export type StoreCall = 'head' | 'get' | 'stream' | 'list' | 'put' | 'delete';

export interface Watch {
  /** Called before the call takes effect. An error that it throws ends the call. @param range the bytes to read, if not all */
  readonly before?: (call: StoreCall, key: string, range?: ByteRange) => void | Promise<void>;
  /** Called after a put, a link or a delete took effect. An error that it throws stands for an answer that was lost. */
  readonly afterWrite?: (call: 'put' | 'delete', key: string) => void | Promise<void>;
}

export function watchedStore(store: Store, { before, afterWrite }: Watch): Store {
  return defined({
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
    // A link is watched as a read of its source and a put of its target.
    link: async (from, key, condition) => {
      await before?.('get', from.key);
      await before?.('put', key);
      const linked = await store.link(from, key, condition);
      if (linked) await afterWrite?.('put', key);
      return linked;
    },
    protect: store.protect?.bind(store),
    holds: store.holds?.bind(store),
    delete: async (key, condition) => {
      await before?.('delete', key);
      await store.delete(key, condition);
      await afterWrite?.('delete', key);
    },
  });
}
