import { defined } from '../defined.ts';
import type { ConfigRoot } from './config-root.ts';

/**
 * Returns a configuration root for a function that closes the root when it ends. Closing it does nothing, so several such
 * functions can share one session, which its owner closes.
 */
export const borrowed = (root: ConfigRoot): ConfigRoot =>
  defined<ConfigRoot>({
    describe: root.describe,
    read: (path) => root.read(path),
    create: (path, data) => root.create(path, data),
    set: (path, data, version) => root.set(path, data, version),
    transact: root.transact?.bind(root),
    exists: (path) => root.exists(path),
    children: (path) => root.children(path),
    ensureFolder: (path) => root.ensureFolder(path),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  });
