/** Walks through the files below a folder, in the order of their keys. */
import { isUtf8 } from 'node:buffer';
import { type BigIntStats, type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError, CorruptInputError } from '../errors.ts';
import { isReservedName } from './file-draft.ts';
import { fileError, isNotThere, systemCode } from './file-errors.ts';
import { compareKeys } from './object-key.ts';
import type { ListOptions } from './store.ts';

export interface FoundFile {
  readonly key: string;
  readonly path: string;
  readonly stat: BigIntStats;
}

/**
 * Yields the files whose key starts with `prefix`, ordered by the bytes of the key. A folder is sorted as `name/`, because its
 * keys begin so: `a-b` comes before `a/x`. Symbolic links are followed.
 *
 * @throws ConfigError when a link leads to a folder that contains the link
 * @throws CorruptInputError when a name is not UTF-8 (no key could name that file), or a wanted name is not a file
 */
export function* walkFiles(root: string, prefix: string, { isWanted }: ListOptions = {}): Generator<FoundFile> {
  const slash = prefix.lastIndexOf('/') + 1;
  const folder = prefix.slice(0, slash);
  yield* walkFolder(join(root, folder), folder, prefix.slice(slash), isWanted ?? (() => false));
}

function* walkFolder(
  path: string,
  folder: string,
  start: string,
  isWanted: (key: string) => boolean,
): Generator<FoundFile> {
  for (const entry of sortedEntries(path, start)) {
    const entryPath = join(path, entry.name);
    const key = folder + entry.name;
    if (entry.isFolder) {
      // Only a link can lead to a folder above it.
      if (entry.isLink && liesBelow(path, identityOf(entryPath))) {
        throw new ConfigError(`${entryPath} is a link to a folder that contains it: remove the link`);
      }
      yield* walkFolder(entryPath, `${key}/`, '', isWanted);
    } else {
      const stat = statOf(entryPath);
      if (stat?.isFile()) yield { key, path: entryPath, stat };
      else if (isWanted(key)) refuseNoFile(entryPath, stat);
    }
  }
}

/** @throws CorruptInputError for a name that cannot be read, unless it was removed meanwhile */
function refuseNoFile(path: string, stat: BigIntStats | undefined): void {
  if (stat !== undefined) {
    throw new CorruptInputError(`${path} is not a file but a pipe, a socket or a device: move it away`);
  }
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new CorruptInputError(
      `${path} is a link that leads nowhere, so its data cannot be read: restore the file that it names, or remove the link`,
    );
  }
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isLink: boolean;
}

function sortedEntries(path: string, start: string): Entry[] {
  return entriesOf(path)
    .filter(({ name }) => name.startsWith(start) && !isReservedName(name))
    .map((entry) => describe(path, entry))
    .sort((a, b) => compareKeys(sortName(a), sortName(b)));
}

const sortName = ({ name, isFolder }: Entry): string => (isFolder ? `${name}/` : name);

function describe(path: string, entry: Dirent): Entry {
  const isLink = entry.isSymbolicLink();
  const isFolder = isLink ? (statOf(join(path, entry.name))?.isDirectory() ?? false) : entry.isDirectory();
  return { name: entry.name, isFolder, isLink };
}

/** Replaces bytes that are not UTF-8. A valid name may have this character too. */
const REPLACEMENT = '\ufffd';

/** @throws CorruptInputError with the escaped name, when a name in the folder is not UTF-8 */
function refuseOddNames(path: string): void {
  const odd = readdirSync(path, { encoding: 'buffer' }).find((name) => !isUtf8(name));
  if (odd === undefined) return;
  throw new CorruptInputError(
    `${path}: the name ${escaped(odd)} is not UTF-8, so the file cannot be read: rename it, or move it away`,
  );
}

const SPACE = 0x20;
const DELETE = 0x7f;
const BACKSLASH = 0x5c;

/** Returns the name as a shell's `$'…'` reads it: `caf\xe9.log`. */
const escaped = (name: Uint8Array): string =>
  Array.from(name, (byte) =>
    byte > SPACE && byte < DELETE && byte !== BACKSLASH
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');

/** Returns the entries of a folder. A folder that does not exist (any more) has none. */
function entriesOf(path: string): Dirent[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    if (entries.some(({ name }) => name.includes(REPLACEMENT))) refuseOddNames(path);
    return entries;
  } catch (error) {
    if (isNotThere(error) || systemCode(error) === 'ENAMETOOLONG') return [];
    throw fileError(error, 'listing', path);
  }
}

/** Returns undefined for a name that was removed meanwhile, and for a link that leads nowhere. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    if (isNotThere(error) || systemCode(error) === 'ELOOP') return undefined;
    throw fileError(error, 'reading', path);
  }
}

/** Returns device and inode, or undefined when nothing has the name. */
function identityOf(path: string): string | undefined {
  const stat = statOf(path);
  return stat && `${stat.dev}:${stat.ino}`;
}

/** True when `path`, or a folder on the way to it, has this identity. */
function liesBelow(path: string, identity: string | undefined): boolean {
  if (identity === undefined) return false;
  for (let at = path; ; at = dirname(at)) {
    if (identityOf(at) === identity) return true;
    if (at === dirname(at)) return false;
  }
}
