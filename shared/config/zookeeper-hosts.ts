/** Parses and resolves the list of ZooKeeper's servers, `host:port,host:port/chroot`. */
import { ConfigError } from '../errors.ts';
import { allowedAddresses, allowedHost } from './endpoint.ts';

export interface ZooKeeperHosts {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** The node above all paths, such as `/seldon`; undefined for none. */
  readonly chroot: string | undefined;
}

const DEFAULT_PORT = 2181;
const FORM = 'write host:port,host:port (port 2181 if left out), then perhaps /chroot';

/** Parses a list of servers. @throws ConfigError with the wrong or refused host */
export function parseZooKeeperHosts(text: string): ZooKeeperHosts {
  const slash = text.indexOf('/');
  const list = slash === -1 ? text : text.slice(0, slash);
  const chroot = slash === -1 ? '' : text.slice(slash).trim().replace(/\/$/, '');
  if (chroot !== '' && !/^(\/(?!\.{1,2}(\/|$))[^/\s]+)+$/.test(chroot)) {
    throw new ConfigError(`ZooKeeper chroot ${JSON.stringify(chroot)} is no path of a node; ${FORM}`);
  }
  const servers = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseServer);
  if (servers.length === 0) throw new ConfigError(`no ZooKeeper host is given; ${FORM}`);
  return { servers, chroot: chroot === '' ? undefined : chroot };
}

function parseServer(entry: string): { host: string; port: number } {
  const shown = JSON.stringify(entry.replace(/^.*@/s, '***@')); // the text before an @ may be a password
  const [host, port, more] = entry.split(':') as [string, string?, string?];
  if (more !== undefined) {
    throw new ConfigError(`ZooKeeper host ${shown} is no host:port; ${FORM}. An IPv6 server needs a name`);
  }
  const number = port === undefined ? DEFAULT_PORT : /^\d{1,5}$/.test(port) ? Number(port) : Number.NaN;
  if (!(number >= 1 && number <= 65_535)) {
    throw new ConfigError(`the port of ZooKeeper host ${shown} must be 1 to 65535; ${FORM}`);
  }
  return { host: allowedHost(host), port: number };
}

/** Returns the list of servers for messages and for the client library: `a:2181,b:2181/chroot`. */
export const formatZooKeeperHosts = ({ servers, chroot = '' }: ZooKeeperHosts): string =>
  servers.map(({ host, port }) => `${host}:${port}`).join(',') + chroot;

/**
 * Replaces every name by its IPv4 addresses, so the library connects to the addresses that were checked. (It does not know
 * IPv6.) A name that does not resolve is left out unless all fail.
 *
 * @throws ConfigError for a name with a refused address; the resolver's error when no name resolves
 */
export async function resolveZooKeeperHosts({ servers, chroot }: ZooKeeperHosts): Promise<ZooKeeperHosts> {
  const found = await Promise.allSettled(servers.map(({ host }) => allowedAddresses(host)));
  const failures = found.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  const refused = failures.find((error) => error instanceof ConfigError);
  if (refused !== undefined) throw refused;
  const resolved = found.flatMap((result, at) => {
    if (result.status === 'rejected') return [];
    const addresses = result.value.filter(({ family }) => family === 4);
    return addresses.map(({ address }) => ({ host: address, port: servers[at]!.port }));
  });
  if (resolved.length > 0) return { servers: resolved, chroot };
  throw failures[0] ?? new Error(`${servers.map(({ host }) => host).join(', ')}: no IPv4 address`);
}
