/**
 * A folder or an `s3://` prefix in place of ZooKeeper. The node `/all_clients/c/mf` is the object `all_clients/c/mf`, and its
 * version is the object's ETag. A node that only has children (`/all_clients/c`) is not an object.
 */
import { MissingObjectError, PreconditionFailedError } from '../errors.ts';
import { compareKeys } from '../store/object-key.ts';
import type { Store, WriteCondition } from '../store/store.ts';
import type { ConfigNode, ConfigRoot } from './config-root.ts';
import { keyOfNode } from './node-path.ts';

export class FolderConfigRoot implements ConfigRoot {
  readonly describe: string;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    this.describe = `configuration root ${store.root}`;
  }

  async read(path: string): Promise<ConfigNode | undefined> {
    try {
      const { bytes, etag } = await this.#store.get(keyOfNode(path));
      return { data: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), version: etag };
    } catch (error) {
      if (error instanceof MissingObjectError) return undefined;
      throw error;
    }
  }

  create(path: string, data: string): Promise<boolean> {
    return this.#put(path, data, { absent: true });
  }

  set(path: string, data: string, version: string): Promise<boolean> {
    return this.#put(path, data, { ifMatch: version });
  }

  async exists(path: string): Promise<boolean> {
    const key = keyOfNode(path);
    if ((await this.#store.head(key)) !== undefined) return true;
    for await (const _ of this.#store.list(`${key}/`)) return true;
    return false;
  }

  async children(path: string): Promise<string[]> {
    const prefix = `${keyOfNode(path)}/`;
    const names = new Set<string>();
    for await (const { key } of this.#store.list(prefix)) {
      const [name] = key.slice(prefix.length).split('/', 1);
      if (name !== undefined && name !== '') names.add(name);
    }
    return [...names].sort(compareKeys);
  }

  /** Only checks the path, because folders come into being with their objects. */
  async ensureFolder(path: string): Promise<void> {
    keyOfNode(path);
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #put(path: string, data: string, condition: WriteCondition): Promise<boolean> {
    try {
      await this.#store.put(keyOfNode(path), data, condition);
      return true;
    } catch (error) {
      if (error instanceof PreconditionFailedError) return false;
      throw error;
    }
  }
}
