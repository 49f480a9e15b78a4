/**
 * Where an export goes. It is there whole or not at all, and what was there before stays until it is.
 *
 * On a disk the files are written to a folder beside the destination, which is then renamed. In S3 nothing can be renamed, so they
 * are written below `_staging/`, and copied there by S3 when all of them are complete; `_SUCCESS` is removed first and written last.
 */
import { existsSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { fileError } from '../store/file-errors.ts';
import { isOwnerGone, newOwner, OWNER_PATTERN } from '../store/file-owner.ts';
import { FileStore } from '../store/file-store.ts';
import { BEGUN, SUCCESS } from '../store/keys.ts';
import { parseLocation } from '../store/location.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { type ExportMark, markText, replaceable, STAGING } from './export-mark.ts';
import type { ExportedFile, FilePlace } from './export-tables.ts';

/** The mark without its files, which are known when they are written. */
export type ExportHead = Omit<ExportMark, 'files'>;

/** Writes the files to a place. They may still be given up afterwards. */
export type WriteFiles = (place: FilePlace) => Promise<readonly ExportedFile[]>;

/**
 * Writes an export to a folder or to an S3 prefix.
 *
 * @param location absolute
 * @throws UsageError when the place holds anything but an earlier export of the same job and client; what `write` throws, and then
 *   the place holds what it held before; on a disk, an error of a store in place of a system error
 */
export async function exportTo(
  location: string,
  head: ExportHead,
  write: WriteFiles,
): Promise<readonly ExportedFile[]> {
  const at = parseLocation(location);
  if (at.scheme === 's3') return exportToStore(await openStore(at), head, write);
  try {
    return await exportToFolder(at.path, head, write);
  } catch (error) {
    throw fileError(error, 'writing', at.path);
  }
}

const LEFTOVER = new RegExp(`^\\.(.*)\\.(${OWNER_PATTERN})\\.(new|old)$`, 'su');

async function exportToFolder(path: string, head: ExportHead, write: WriteFiles): Promise<readonly ExportedFile[]> {
  // A link to a folder stays, and the folder that it leads to is replaced.
  const folder = existsSync(path) ? realpathSync(path) : path;
  const parent = dirname(folder);
  const beside = (kind: 'new' | 'old'): string => join(parent, `.${basename(folder)}.${newOwner()}.${kind}`);
  tidy(parent, folder);
  if (existsSync(folder)) await replaceable(new FileStore(folder), namesIn(folder), head);
  const draft = beside('new');
  try {
    const store = new FileStore(draft);
    const files = await write({ store, prefix: '' });
    await store.put(SUCCESS, markText({ ...head, files }));
    swap(draft, folder, beside('old'));
    return files;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Returns every name in a folder, also those of links, pipes and folders. @throws UsageError for a file */
function namesIn(folder: string): string[] {
  if (statSync(folder).isDirectory()) return readdirSync(folder);
  throw new UsageError(`${folder} is a file, and an export is a folder: give --to another name`);
}

/** Puts the draft in the place of the folder. When that fails, the folder is what it was before. */
function swap(draft: string, folder: string, aside: string): void {
  if (!existsSync(folder)) {
    renameSync(draft, folder);
    return;
  }
  renameSync(folder, aside);
  try {
    renameSync(draft, folder);
  } catch (error) {
    renameSync(aside, folder);
    throw error;
  }
  rmSync(aside, { recursive: true });
}

/** Finishes what killed exports to this folder left behind: a folder that was moved aside goes back when nothing is in its place. */
function tidy(parent: string, folder: string): void {
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) {
    const [, of, owner, kind] = LEFTOVER.exec(name) ?? [];
    if (of !== basename(folder) || owner === undefined || !isOwnerGone(owner)) continue;
    if (kind === 'old' && !existsSync(folder)) renameSync(join(parent, name), folder);
    else rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** @param store its root is the place */
export async function exportToStore(
  store: Store,
  head: ExportHead,
  write: WriteFiles,
): Promise<readonly ExportedFile[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  const before = await replaceable(store, keys, head);
  const prefix = `${STAGING}${newOwner()}/`;
  try {
    const files = await write({ store, prefix });
    // From here on the earlier export is gone. `_BEGUN` names its files and the new ones, so that the next export knows them.
    await store.put(BEGUN, markText({ ...head, files: [...files, ...before.files] }));
    await store.delete(SUCCESS);
    for (const { name } of files) await copy(store, prefix + name, name);
    const kept = new Set([...files.map(({ name }) => name), BEGUN, SUCCESS]);
    for (const key of before.keys) if (!kept.has(key)) await store.delete(key);
    await store.put(SUCCESS, markText({ ...head, files }));
    return files;
  } finally {
    for await (const { key } of store.list(prefix)) await store.delete(key);
  }
}

async function copy(store: Store, from: string, to: string): Promise<void> {
  const staged = await store.head(from);
  if (staged !== undefined && (await store.link(staged, to))) return;
  await store.put(to, store.stream(from));
}
