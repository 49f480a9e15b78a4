/**
 * ZooKeeper as the configuration root.
 *
 * A read that got no answer is asked again. A write that got none may have been done: the node is read back first, and
 * only what was not done is sent again, under the same expected version, so that it happens once or not at all.
 */
import zookeeper, { type Transaction } from 'node-zookeeper-client';
import { LimitError, MissingObjectError } from '../errors.ts';
import { compareKeys } from '../store/object-key.ts';
import { type ConfigNode, type ConfigRoot, DEADLINE_MS, type NodeChange } from './config-root.ts';
import { checkZooKeeperPath } from './node-path.ts';
import { type Ask, refusalCode, ZooKeeperConnection } from './zookeeper-connection.ts';
import { formatZooKeeperHosts, parseZooKeeperHosts } from './zookeeper-hosts.ts';

const { NO_NODE, NODE_EXISTS, BAD_VERSION } = zookeeper.Exception;

/** A server refuses more: the `jute.maxbuffer` that it comes with. */
const MAX_DATA_BYTES = 1_048_576;

export class ZooKeeperConfigRoot implements ConfigRoot {
  readonly describe: string;
  readonly #connection: ZooKeeperConnection;

  /**
   * Connects when first asked something.
   *
   * @param hosts `host:port,host:port/chroot`, port 2181 where none is given
   * @param deadlineMs the most that one operation may take
   * @throws ConfigError for hosts that are none or refused
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
      // The first request may have arrived after it was looked for.
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
      // The first request may have arrived after it was looked for: then this one met the version that it left.
      return again && refusal === BAD_VERSION && isOurs(await readNode(ask, path));
    });
  }

  async transact(changes: readonly NodeChange[]): Promise<boolean> {
    const paths = changes.map(({ path }) => path);
    const bytes = changes.map(({ path, data }) => encode(path, data));
    let sent = false;
    // All were done or none, so any node of them tells about all.
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
      // The first request may have arrived after it was looked for.
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
        // The library leaves data and stat out where there is an error.
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

/** The library's own `setData` takes version 0 for "any version", which would set a node that somebody else has changed. */
function setExactly(transaction: Transaction, path: string, bytes: Buffer, version: number): void {
  transaction.setData(path, bytes, version);
  const operation = transaction.ops.at(-1);
  if (operation !== undefined) operation.version = version;
}

/** The first node that is to be created where there is no parent. */
async function firstOrphan(ask: Ask, changes: readonly NodeChange[]): Promise<string | undefined> {
  for (const { path, version } of changes) {
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (version === undefined && parent !== '' && (await readNode(ask, parent)) === undefined) return path;
  }
  return undefined;
}

/** The code of a refusal that says something about the node; undefined when it was done. */
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
  throw new LimitError(`${path}: ${bytes.byteLength} bytes are more than ZooKeeper's 1 MiB a node`);
}
