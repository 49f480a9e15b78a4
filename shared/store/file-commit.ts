/** The moments in which an object of a folder store comes, changes or goes: each is one atomic call. */
import { hash } from 'node:crypto';
import { closeSync, linkSync, lstatSync, openSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConfigError, PreconditionFailedError } from '../errors.ts';
import type { Draft } from './file-draft.ts';
import { isNotThere, systemCode } from './file-errors.ts';
import { etagOfDescriptor } from './file-etag.ts';
import { flushFolder } from './file-flush.ts';
import { withLock } from './file-lock.ts';
import type { WriteCondition } from './store.ts';

/** The draft becomes the object, if the condition holds. @throws PreconditionFailedError, ConfigError */
export async function commitDraft(
  draft: Pick<Draft, 'path'>,
  path: string,
  condition: WriteCondition | undefined,
): Promise<void> {
  const ifMatch = condition && 'ifMatch' in condition ? condition.ifMatch : undefined;
  if (ifMatch === undefined) {
    if (linkIfAbsent(draft.path, path)) {
      unlinkSync(draft.path);
      return flushFolder(dirname(path));
    }
    if (condition) throw alreadyThere(path);
  }
  await withLock(lockOf(path), () => {
    if (ifMatch !== undefined) requireEtag(path, ifMatch);
    renameSync(draft.path, path);
  });
  await flushFolder(dirname(path));
}

/** Removes the object, if there is one and it has the ETag asked for. @throws PreconditionFailedError, ENOENT */
export async function removeFile(path: string, ifMatch: string | undefined): Promise<void> {
  await withLock(lockOf(path), () => {
    if (!statSync(path).isFile()) return;
    if (ifMatch !== undefined) requireEtag(path, ifMatch);
    unlinkSync(path);
  });
}

/** What `absent` throws: something has the name, an object or what can never be one. */
export function alreadyThere(path: string): PreconditionFailedError | ConfigError {
  const what = whatIsNoObject(path);
  if (what === undefined) return new PreconditionFailedError(`${path} is there already`);
  return new ConfigError(`${path} is ${what}, where a file is to be written: remove or rename it`);
}

/** Undefined for a file, and where there is nothing (any more). */
function whatIsNoObject(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile()) return undefined;
  if (stat.isDirectory()) return 'a folder';
  if (!stat.isSymbolicLink()) return 'no ordinary file';
  const target = statSync(path, { throwIfNoEntry: false });
  if (target === undefined) return 'a link that leads nowhere';
  return target.isFile() ? undefined : 'a link to what is no file';
}

/** What a condition on the ETag throws. `etag` undefined: there is no object (any more). */
export const otherEtag = (
  path: string,
  etag: string | undefined,
  ifMatch: string | undefined,
): PreconditionFailedError =>
  new PreconditionFailedError(
    `${path} is another than the one asked for: ETag ${etag ?? '(none any more)'}, not ${ifMatch}`,
  );

function linkIfAbsent(draftPath: string, path: string): boolean {
  try {
    linkSync(draftPath, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @throws PreconditionFailedError */
function requireEtag(path: string, ifMatch: string): void {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (isNotThere(error)) throw otherEtag(path, undefined, ifMatch);
    throw error;
  }
  try {
    const etag = etagOfDescriptor(fd, path);
    if (etag !== ifMatch) throw otherEtag(path, etag, ifMatch);
  } finally {
    closeSync(fd);
  }
}

/** In the object's folder, so that a folder moved or removed takes its locks along. */
const lockOf = (path: string): string => join(dirname(path), `.${hash('sha256', basename(path)).slice(0, 32)}.lock`);
