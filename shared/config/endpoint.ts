/**
 * Checks hosts from a configuration before a socket opens to them.
 *
 * Many people write configurations, and the machine that runs a job can reach services that give away its credentials.
 * Link-local addresses and the clouds' metadata services are therefore refused in every spelling: `169.254.169.254`,
 * `2852039166`, `0xa9fea9fe`, `0251.0376.0251.0376`, `::ffff:169.254.169.254`, or a name that resolves to one of them.
 * Loopback and private addresses are allowed.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { ConfigError } from '../errors.ts';

const REFUSED = new BlockList();
REFUSED.addSubnet('169.254.0.0', 16, 'ipv4'); // link-local; also as ::ffff:a.b.c.d, which BlockList knows
REFUSED.addSubnet('fe80::', 10, 'ipv6'); // link-local
REFUSED.addSubnet('::169.254.0.0', 112, 'ipv6'); // the same IPv4 range inside IPv6: compatible,
REFUSED.addSubnet('64:ff9b::169.254.0.0', 112, 'ipv6'); // NAT64,
REFUSED.addSubnet('2002:a9fe::', 32, 'ipv6'); // 6to4
REFUSED.addAddress('fd00:ec2::254', 'ipv6'); // metadata: AWS,
REFUSED.addAddress('fd20:ce::254', 'ipv6'); // Google,
REFUSED.addAddress('100.100.100.200', 'ipv4'); // Alibaba,
REFUSED.addAddress('168.63.129.16', 'ipv4'); // Azure,
REFUSED.addAddress('192.0.0.192', 'ipv4'); // Oracle

const REFUSED_NAMES = new Set(['metadata.google.internal', 'metadata.goog', 'metadata', 'instance-data']);

/**
 * Returns the host in its usual spelling: an address as dotted numbers or IPv6 without brackets, a name in lower case.
 *
 * @throws ConfigError for a text that is no host, and for a refused address or name
 */
export function allowedHost(host: string): string {
  const canonical = canonicalHost(host);
  if (canonical === undefined) {
    throw new ConfigError(`${quoted(host)} is no host: write a name or an address, without user, path or port`);
  }
  if (REFUSED_NAMES.has(canonical.replace(/\.+$/, '')) || isRefusedAddress(canonical)) throw refusal(host);
  return canonical;
}

/** Finds all addresses of a host, like `dns.lookup` with the option `all`. */
export type Resolver = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

const systemResolver: Resolver = (host) => lookup(host, { all: true });

/**
 * Returns the addresses of a host that {@link allowedHost} accepts, in the resolver's order. Connect to these addresses and
 * not to the name, which might resolve to another address the next time.
 *
 * @throws ConfigError for a refused address; the resolver's own error when it finds none
 */
export async function allowedAddresses(
  host: string,
  resolve: Resolver = systemResolver,
): Promise<{ address: string; family: 4 | 6 }[]> {
  const found = await resolve(allowedHost(host));
  if (found.some(({ address }) => isRefusedAddress(address))) throw refusal(host);
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

function canonicalHost(host: string): string | undefined {
  const bracketed = isIP(host) === 6 ? `[${host}]` : host;
  if (/[\s/?#@\\%]/.test(host) || (bracketed === host && /:/.test(host.replace(/^\[.*\]$/, '')))) return undefined;
  // The URL standard reads decimal, hexadecimal, octal and shortened IPv4 addresses like the C library.
  const parsed = URL.parse(`http://${bracketed}/`);
  if (parsed === null) return undefined;
  const plain = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  // A URL's host may hold `;` and `=`. They come from misplaced parameters, possibly a password, and messages show hosts.
  return isIP(plain) !== 0 || /^[a-z0-9._-]+$/.test(plain) ? plain : undefined;
}

function isRefusedAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, ''); // a zone, as in fe80::1%eth0
  const family = isIP(plain);
  return family !== 0 && REFUSED.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

const refusal = (host: string): ConfigError =>
  new ConfigError(`${quoted(host)} is refused: it leads to a link-local address or a cloud's metadata service`);

/** Returns the host for messages. A password may come before an `@`, after a `;`, or near the word `password`. */
function quoted(host: string): string {
  const shown = host.replace(/^.*@/s, '***@').replace(/;.*$/s, ';***').slice(0, 255);
  return JSON.stringify(/password/i.test(shown) ? '***' : shown);
}
