/** The moments in which an object of a folder store comes, changes or goes: each is one atomic call. */
import { hash } from 'node:crypto';
import { closeSync, linkSync, openSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PreconditionFailedError } from '../errors.ts';
import type { Draft } from './file-draft.ts';
import { isNotThere, systemCode } from './file-errors.ts';
import { etagOfDescriptor } from './file-etag.ts';
import { withLock } from './file-lock.ts';
import type { WriteCondition } from './store.ts';

/** The draft becomes the object, if the condition holds. @throws PreconditionFailedError */
export async function commitDraft(
  draft: Pick<Draft, 'path'>,
  path: string,
  condition: WriteCondition | undefined,
): Promise<void> {
  const ifMatch = condition && 'ifMatch' in condition ? condition.ifMatch : undefined;
  if (ifMatch === undefined) {
    if (linkIfAbsent(draft.path, path)) return unlinkSync(draft.path);
    if (condition) throw alreadyThere(path);
  }
  await withLock(lockOf(path), () => {
    if (ifMatch !== undefined) requireEtag(path, ifMatch);
    renameSync(draft.path, path);
  });
}

/** Removes the object, if there is one and it has the ETag asked for. @throws PreconditionFailedError, ENOENT */
export async function removeFile(path: string, ifMatch: string | undefined): Promise<void> {
  await withLock(lockOf(path), () => {
    if (!statSync(path).isFile()) return;
    if (ifMatch !== undefined) requireEtag(path, ifMatch);
    unlinkSync(path);
  });
}

/** What `absent` throws. */
export const alreadyThere = (path: string): PreconditionFailedError =>
  new PreconditionFailedError(`${path} is there already`);

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
