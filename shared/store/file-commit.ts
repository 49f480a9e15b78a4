/** Creates, replaces and removes the objects of a folder store. Each change is one atomic call. */
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

/**
 * Turns the draft into the object.
 *
 * @throws PreconditionFailedError when the condition does not hold
 * @throws ConfigError when the object's name belongs to something that is not a file
 */
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

/** Removes the object. @throws PreconditionFailedError when its ETag is not `ifMatch`, and ENOENT when it does not exist */
export async function removeFile(path: string, ifMatch: string | undefined): Promise<void> {
  await withLock(lockOf(path), () => {
    if (!statSync(path).isFile()) return;
    if (ifMatch !== undefined) requireEtag(path, ifMatch);
    unlinkSync(path);
  });
}

/** Returns the error for a write on the condition `absent` when something has the name already. */
export function alreadyThere(path: string): PreconditionFailedError | ConfigError {
  const what = whatIsNoObject(path);
  if (what === undefined) return new PreconditionFailedError(`${path} exists already`);
  return new ConfigError(`${path} is ${what}, and a file must be written here: remove or rename it`);
}

/** Returns words for something that cannot be an object. Returns undefined for a file and for a name that is free. */
function whatIsNoObject(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile()) return undefined;
  if (stat.isDirectory()) return 'a folder';
  if (!stat.isSymbolicLink()) return 'a pipe, a socket or a device';
  const target = statSync(path, { throwIfNoEntry: false });
  if (target === undefined) return 'a link that leads nowhere';
  return target.isFile() ? undefined : 'a link to something that is not a file';
}

/** Returns the error for a condition on the ETag. @param etag the object's; undefined when it was replaced or removed */
export const otherEtag = (
  path: string,
  etag: string | undefined,
  ifMatch: string | undefined,
): PreconditionFailedError =>
  new PreconditionFailedError(
    etag === undefined
      ? `${path} was replaced or removed: its ETag is no longer ${ifMatch}`
      : `${path} has ETag ${etag}, not ${ifMatch}`,
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

/** Returns the path of an object's lock. It is in the object's folder, so that it is moved or removed with the folder. */
const lockOf = (path: string): string => join(dirname(path), `.${hash('sha256', basename(path)).slice(0, 32)}.lock`);
