/**
 * ZooKeeper as the configuration root.
 *
 * A read without an answer is repeated. A write without an answer may have been done, so the node is read first. The write is
 * sent again only if it was not done, with the same expected version, so it happens once or not at all.
 */
import zookeeper, { type Transaction } from 'node-zookeeper-client';
import { LimitError, MissingObjectError } from '../errors.ts';
import { compareKeys } from '../store/object-key.ts';
import { type ConfigNode, type ConfigRoot, DEADLINE_MS, type NodeChange } from './config-root.ts';
import { checkZooKeeperPath } from './node-path.ts';
import { type Ask, refusalCode, ZooKeeperConnection } from './zookeeper-connection.ts';
import { formatZooKeeperHosts, parseZooKeeperHosts } from './zookeeper-hosts.ts';

const { NO_NODE, NODE_EXISTS, BAD_VERSION } = zookeeper.Exception;

/** A server refuses more data, by its default for `jute.maxbuffer`. */
const MAX_DATA_BYTES = 1_048_576;

export class ZooKeeperConfigRoot implements ConfigRoot {
  readonly describe: string;
  readonly #connection: ZooKeeperConnection;

  /**
   * Connects at the first operation.
   *
   * @param hosts `host:port,host:port/chroot`; the default port is 2181
   * @param deadlineMs the time limit of one operation
   * @throws ConfigError for impossible or refused hosts
   */
  constructor(hosts: string, deadlineMs: number = DEADLINE_MS) {
    const servers = parseZooKeeperHosts(hosts);
    this.describe = `ZooKeeper at ${formatZooKeeperHosts(servers)}`;
    this.#connection = new ZooKeeperConnection(servers, this.describe, deadlineMs);
  }

  read(path: string): Promise<ConfigNode | undefined> {
    return this.#ask('reading', path, (ask) => readNode(ask, path));
  }

  async create(path: string, data: string): Promise<boolean> {
    const bytes = encode(path, data);
    let sent = false;
    return this.#ask('creating', path, async (ask) => {
      const again = sent;
      if (again) {
        const found = await readNode(ask, path);
        if (found !== undefined) return found.data === data;
      }
      sent = true;
      const refusal = await refused(ask<string>((client, answer) => client.create(path, bytes, answer)));
      if (refusal === NO_NODE) throw new MissingObjectError(`${this.describe} has no parent for the node ${path}`);
      if (refusal !== NODE_EXISTS) return true;
      // The first request may have arrived after the node was read.
      return again && (await readNode(ask, path))?.data === data;
    });
  }

  async set(path: string, data: string, version: string): Promise<boolean> {
    const bytes = encode(path, data);
    const expected = Number(version);
    let sent = false;
    const isOurs = (node: ConfigNode | undefined) => node?.data === data && node.version === String(expected + 1);
    return this.#ask('setting', path, async (ask) => {
      const again = sent;
      if (again) {
        const found = await readNode(ask, path);
        if (found?.version !== version) return isOurs(found);
      }
      sent = true;
      const refusal = await refused(ask((client, answer) => client.setData(path, bytes, expected, answer)));
      if (refusal === undefined) return true;
      // The first request may have arrived after the node was read. Then this one met the version that the first one made.
      return again && refusal === BAD_VERSION && isOurs(await readNode(ask, path));
    });
  }

  async transact(changes: readonly NodeChange[]): Promise<boolean> {
    const paths = changes.map(({ path }) => path);
    const bytes = changes.map(({ path, data }) => encode(path, data));
    let sent = false;
    // A transaction is done as a whole or not at all.
    const areOurs = async (ask: Ask): Promise<boolean> => {
      const nodes = await Promise.all(paths.map((path) => readNode(ask, path)));
      return changes.every(({ data, version }, at) => {
        const next = version === undefined ? '0' : String(Number(version) + 1);
        return nodes[at]?.data === data && nodes[at]?.version === next;
      });
    };
    for (const path of paths) checkZooKeeperPath(path);
    return this.#connection.operation(`changing ${paths.join(' and ')} together`, async (ask) => {
      const again = sent;
      if (again && (await areOurs(ask))) return true;
      sent = true;
      const refusal = await refused(
        ask<unknown>((client, answer) => {
          const transaction = client.transaction();
          for (const [at, { path, version }] of changes.entries()) {
            if (version === undefined) transaction.create(path, bytes[at]!);
            else setExactly(transaction, path, bytes[at]!, Number(version));
          }
          transaction.commit(answer);
        }),
      );
      if (refusal === undefined) return true;
      // The first request may have arrived after the nodes were read.
      if (again && (await areOurs(ask))) return true;
      if (refusal !== NO_NODE) return false;
      const orphan = await firstOrphan(ask, changes);
      if (orphan === undefined) return false;
      throw new MissingObjectError(`${this.describe} has no parent for the node ${orphan}`);
    });
  }

  exists(path: string): Promise<boolean> {
    return this.#ask('looking for', path, async (ask) => {
      return (await ask((client, answer) => client.exists(path, answer))) !== null;
    });
  }

  children(path: string): Promise<string[]> {
    return this.#ask('listing', path, async (ask) => {
      try {
        const names = await ask<string[]>((client, answer) => client.getChildren(path, answer));
        return names.sort(compareKeys);
      } catch (error) {
        if (refusalCode(error) === NO_NODE) return [];
        throw error;
      }
    });
  }

  async ensureFolder(path: string): Promise<void> {
    checkZooKeeperPath(path);
    let folder = '';
    for (const segment of path.slice(1).split('/')) {
      folder += `/${segment}`;
      if (!(await this.exists(folder))) await this.create(folder, '');
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #ask<T>(verb: string, path: string, attempt: (ask: Ask) => Promise<T>): Promise<T> {
    checkZooKeeperPath(path);
    return this.#connection.operation(`${verb} ${path}`, attempt);
  }
}

async function readNode(ask: Ask, path: string): Promise<ConfigNode | undefined> {
  try {
    return await ask<ConfigNode>((client, answer) =>
      client.getData(path, (error, data, stat) =>
        // With an error, the library passes neither data nor stat.
        error
          ? answer(error, { data: '', version: '' })
          : answer(null, { data: (data ?? '').toString(), version: String(stat.version) }),
      ),
    );
  } catch (error) {
    if (refusalCode(error) === NO_NODE) return undefined;
    throw error;
  }
}

/** Adds a set of a node of exactly this version. The library's `setData` would take version 0 for "any version". */
function setExactly(transaction: Transaction, path: string, bytes: Buffer, version: number): void {
  transaction.setData(path, bytes, version);
  const operation = transaction.ops.at(-1);
  if (operation !== undefined) operation.version = version;
}

/** Returns the path of the first node to be created that has no parent. */
async function firstOrphan(ask: Ask, changes: readonly NodeChange[]): Promise<string | undefined> {
  for (const { path, version } of changes) {
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (version === undefined && parent !== '' && (await readNode(ask, parent)) === undefined) return path;
  }
  return undefined;
}

/** Waits for a request. Returns the code of a refusal that concerns the node; undefined when the request succeeded. */
async function refused(request: Promise<unknown>): Promise<number | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    const code = refusalCode(error);
    if (code === NO_NODE || code === NODE_EXISTS || code === BAD_VERSION) return code;
    throw error;
  }
}

function encode(path: string, data: string): Buffer {
  const bytes = Buffer.from(data);
  if (bytes.byteLength <= MAX_DATA_BYTES) return bytes;
  throw new LimitError(`${path}: ${bytes.byteLength} bytes are more than the 1 MiB of a ZooKeeper node`);
}
