/**
 * The encryption of a connection to a database, by the `sslMode` of Java's drivers:
 *
 *   DISABLED          never
 *   PREFERRED         if the server offers it; no certificate is checked
 *   REQUIRED          always; no certificate is checked
 *   VERIFY_CA         always, and the certificate comes from one of `serverSslCert` (or of those that Node.js knows)
 *   VERIFY_IDENTITY   the same, and the certificate is of this very host
 */
import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { SslOptions } from 'mysql2/promise';
import { AccessDeniedError, ConfigError, MissingObjectError } from '../errors.ts';
import { formatLocation, type Location, parseLocation } from '../store/location.ts';
import { openStore } from '../store/open-store.ts';
import type { JdbcParameters } from './jdbc-parameters.ts';

/** A cloud's bundle of all its certificates has 200 kB. A larger file is no bundle, and might be endless. */
const LARGEST_BYTES = 1 << 20;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Returns the options for the driver; undefined for a connection without encryption.
 * @throws ConfigError for a `serverSslCert` that is missing or holds no certificate; AccessDeniedError
 */
export async function tlsOptions({ sslMode, serverSslCert }: JdbcParameters): Promise<SslOptions | undefined> {
  if (sslMode === 'DISABLED') return undefined;
  const verifies = sslMode === 'VERIFY_CA' || sslMode === 'VERIFY_IDENTITY';
  if (!verifies) return { rejectUnauthorized: false };
  const verifyIdentity = sslMode === 'VERIFY_IDENTITY';
  if (serverSslCert === undefined) return { rejectUnauthorized: true, verifyIdentity };
  return { rejectUnauthorized: true, verifyIdentity, ca: await readCertificates(serverSslCert) };
}

/** Reads the certificates of a file, one PEM text each. */
async function readCertificates(place: string): Promise<string[]> {
  const at = locationOf(place);
  const text = await readPem(at);
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw unusable(at, 'it holds no certificate in PEM form');
  for (const certificate of certificates) {
    try {
      new X509Certificate(certificate);
    } catch {
      throw unusable(at, 'one of its certificates cannot be read'); // OpenSSL's reason would help nobody
    }
  }
  return certificates;
}

function locationOf(place: string): Location {
  try {
    return parseLocation(place, process.cwd());
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`serverSslCert: ${error.message}`);
    throw error;
  }
}

async function readPem(at: Location): Promise<string> {
  if (at.scheme === 's3') return readObject(at);
  try {
    const facts = await stat(at.path);
    if (!facts.isFile()) throw unusable(at, 'it is no file');
    if (facts.size > LARGEST_BYTES) throw unusable(at, `it is larger than ${LARGEST_BYTES} bytes`);
    return await readFile(at.path, 'latin1');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw unusable(at, 'there is no such file');
    throw new AccessDeniedError(
      `serverSslCert: ${at.path} cannot be read (${error.code}): give the user of this process the right to read it`,
    );
  }
}

async function readObject(at: Location & { readonly scheme: 's3' }): Promise<string> {
  const slash = at.prefix.lastIndexOf('/');
  const folder = { ...at, prefix: slash < 0 ? '' : at.prefix.slice(0, slash) };
  const store = await openStore(folder);
  const key = at.prefix.slice(slash + 1);
  try {
    const info = await store.head(key);
    if (info === undefined) throw unusable(at, 'there is no such object');
    if (info.size > LARGEST_BYTES) throw unusable(at, `it is larger than ${LARGEST_BYTES} bytes`);
    const { bytes } = await store.get(key);
    return Buffer.from(bytes).toString('latin1');
  } catch (error) {
    if (error instanceof MissingObjectError) throw unusable(at, 'there is no such object');
    if (!(error instanceof AccessDeniedError)) throw error;
    const cure = 'On AWS, put it below the output root, or name its place in readablePaths (cdk.json)';
    throw new AccessDeniedError(`serverSslCert: ${error.message}. ${cure}`, { cause: error });
  }
}

const unusable = (at: Location, why: string): ConfigError =>
  new ConfigError(
    `serverSslCert names ${formatLocation(at)}: ${why}. It must be a file in PEM form with the certificates that sign the server's`,
  );
