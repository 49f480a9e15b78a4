/**
 * Locations in all spellings that configurations use.
 *
 *   s3://bucket/prefix   s3n://bucket/prefix   s3a://bucket/prefix      (the last two from old configurations)
 *   /folder   file:///folder   local:/folder   folder (relative)
 */
import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { masked } from '../config/masked.ts';
import { ConfigError } from '../errors.ts';

export type Location =
  /** `prefix` has no slashes at its ends; '' is the whole bucket. */
  | { readonly scheme: 's3'; readonly bucket: string; readonly prefix: string }
  /** `path` is absolute and has no slash at its end (except `/` itself). */
  | { readonly scheme: 'file'; readonly path: string };

/** The schemes in which the serving system's reader may spell S3. */
export type ReaderScheme = 's3' | 's3n' | 's3a';

const ALLOWED = 'Allowed are s3://bucket/prefix (also s3n:// and s3a://), /folder, file:///folder, local:/folder';
const S3 = /^s3[na]?:\/\/([^/]*)(.*)$/is;
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
/** A scheme has at least two characters, so that a drive letter is not one. */
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]+:/;

/**
 * @param baseDir the absolute folder that relative paths start from; without it they are refused
 * @throws ConfigError that says what is wrong and what is allowed
 */
export function parseLocation(text: string, baseDir?: string): Location {
  if (text.trim() === '') throw refused(text, 'it is empty');
  if (text.includes('\0') || !text.isWellFormed()) throw refused(text, 'it holds a character that no path can have');
  const s3 = S3.exec(text);
  if (s3) return s3Location(text, s3[1]!, s3[2]!);
  const path = localPath(text);
  if (!path.startsWith('/') && baseDir === undefined) throw refused(text, 'a relative path has no meaning here');
  return { scheme: 'file', path: resolve(baseDir ?? '/', path) };
}

/** Returns the canonical spelling: `s3://bucket/prefix` or `/folder`. `parseLocation` reads it back. */
export function formatLocation(location: Location): string {
  return spell(location, 's3');
}

/** Returns the location of the object or folder `key` below a location. A slash at the end of `key` does not matter. */
export function childLocation(location: Location, key: string): Location {
  const child = key.replace(/\/+$/, '');
  if (location.scheme === 'file') return { scheme: 'file', path: resolve(location.path, child) };
  return { ...location, prefix: [location.prefix, child].filter((part) => part !== '').join('/') };
}

/**
 * Returns a folder below a root as the serving system's reader spells it: `s3n://bucket/prefix/folder` or `/root/folder`,
 * without a slash at the end. The reader understands no other form.
 *
 * @throws ConfigError when the root is not a location
 */
export function readerLocation(root: string, folder: string, scheme: ReaderScheme = 's3n'): string {
  return spell(childLocation(parseLocation(root), folder), scheme);
}

/**
 * True when a location, in any spelling, is this folder below a root. On a disk links are followed. A text that is not a
 * location is another place.
 */
export function isSamePlace(text: string, root: string, folder: string): boolean {
  try {
    return realLocation(parseLocation(text)) === realLocation(childLocation(parseLocation(root), folder));
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

function realLocation(location: Location): string {
  if (location.scheme === 's3' || !existsSync(location.path)) return formatLocation(location);
  return realpathSync(location.path);
}

/** Returns bucket and key of an object, for Step Functions. On a disk the root's folder takes the place of the bucket. */
export function addressOf(store: { readonly root: string }, key: string): { bucket: string; key: string } {
  const at = parseLocation(store.root);
  if (at.scheme === 'file') return { bucket: at.path, key };
  return { bucket: at.bucket, key: at.prefix === '' ? key : `${at.prefix}/${key}` };
}

/** Returns the key in a store of an object whose address `addressOf` made. @throws ConfigError for another store's object */
export function keyAt(
  store: { readonly root: string },
  address: { readonly bucket: string; readonly key: string },
): string {
  const root = addressOf(store, '');
  if (address.bucket === root.bucket && address.key.startsWith(root.key)) return address.key.slice(root.key.length);
  throw new ConfigError(`the object ${address.key} of ${address.bucket} is not below ${store.root}`);
}

function spell(location: Location, scheme: ReaderScheme): string {
  if (location.scheme === 'file') return location.path;
  return `${scheme}://${location.bucket}${location.prefix === '' ? '' : `/${location.prefix}`}`;
}

function s3Location(text: string, bucket: string, rest: string): Location {
  // Hadoop accepted `s3n://id:secret@bucket`, and a secret may have slashes. No part of it may reach a log.
  if (/[@:]/.test(bucket)) {
    throw refused('s3://…', 'credentials do not belong into a location; use AWS roles or environment variables');
  }
  if (!BUCKET.test(bucket)) throw refused(text, `${JSON.stringify(bucket)} is not the name of a bucket`);
  const prefix = rest.replace(/^\/+|\/+$/g, '');
  const odd = prefix.split('/').find((part) => part === '.' || part === '..' || (part === '' && prefix !== ''));
  if (odd !== undefined) throw refused(text, `its prefix has the segment ${JSON.stringify(odd)}`);
  return { scheme: 's3', bucket, prefix };
}

function localPath(text: string): string {
  const scheme = SCHEME.exec(text)?.[0].toLowerCase();
  if (scheme === undefined) return text;
  const rest = text.slice(scheme.length);
  if (scheme === 'local:') return rest.replace(/^\/+/, '/');
  if (scheme !== 'file:')
    throw refused(text, `${scheme} is not known (a relative path with a colon is spelt ./${text})`);
  const path = rest.startsWith('//') ? /^\/\/(?:localhost)?(\/.*)$/is.exec(rest)?.[1] : /^\/.*$/s.exec(rest)?.[0];
  if (path === undefined) throw refused(text, 'a file: location is absolute and names no host');
  try {
    return decodeURIComponent(path).replace(/^\/+/, '/');
  } catch (error) {
    if (error instanceof URIError) throw refused(text, 'a "%" in it is followed by no two hexadecimal digits');
    throw error;
  }
}

const refused = (text: string, why: string): ConfigError =>
  new ConfigError(masked(`location ${JSON.stringify(text)} is refused: ${why}. ${ALLOWED}.`));
