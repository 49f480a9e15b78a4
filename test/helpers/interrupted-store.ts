/** Stores that kill, pause or delay their caller, for tests of interrupted and concurrent runs. */
import type { Store } from '../../shared/store/store.ts';
import { type StoreCall, watchedStore } from './watched-store.ts';

export const isWrite = (call: StoreCall): boolean => call === 'put' || call === 'delete';

/**
 * Returns `store` as a process sees it that is killed at write number `first`, counted from 0: this write and all later
 * ones throw the error `killed`, either before or after they take effect.
 */
export function killedStore(store: Store, when: 'before' | 'after', first: number): Store {
  let writes = 0;
  const kill = () => {
    if (writes++ >= first) throw new Error('killed');
  };
  if (when === 'after') return watchedStore(store, { afterWrite: kill });
  return watchedStore(store, { before: (call) => (isWrite(call) ? kill() : undefined) });
}

export interface PausedStore {
  readonly store: Store;
  /** Resolves when the caller has reached the call at which it is paused. */
  readonly reached: Promise<void>;
  /** Lets the paused call go on. */
  readonly resume: () => void;
}

/** Returns a store that pauses its caller before call number `stop` of those that `counts` accepts, counted from 0. */
export function pausedStore(store: Store, stop: number, counts: (call: StoreCall) => boolean): PausedStore {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let calls = 0;
  const watched = watchedStore(store, {
    before: async (call) => {
      if (!counts(call) || calls++ !== stop) return;
      reached.resolve();
      await gate.promise;
    },
  });
  return { store: watched, reached: reached.promise, resume: gate.resolve };
}

/** Returns `store` with every call delayed by `turns` turns of the event loop. */
export function delayedStore(store: Store, turns: number): Store {
  return watchedStore(store, {
    before: async () => {
      for (let wait = turns; wait > 0; wait--) await new Promise(setImmediate);
    },
  });
}
