/**
 * A draft: the temporary file, beside the object's own, that a body is written to before it becomes the object in one
 * atomic call (`link`, or `rename`). Killed at any moment, a writer leaves a draft, never half an object.
 *
 * Its content is on the disk before it becomes the object (`file-flush.ts`), so a power cut leaves whole objects, too.
 */
import {
  type BigIntStats,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { AccessDeniedError, ConfigError } from '../errors.ts';
import { piecesOf } from './body.ts';
import { systemCode } from './file-errors.ts';
import { flushFolderSync, WriteBack } from './file-flush.ts';
import { breakStaleLock } from './file-lock.ts';
import { isOwnerGone, newOwner, OWNER_PATTERN } from './file-owner.ts';
import { statDescriptor } from './file-read.ts';
import type { Body } from './store.ts';

const DRAFT = new RegExp(`^\\..*\\.(${OWNER_PATTERN})\\.tmp$`, 'su');
const LOCK = /^\.[0-9a-f]{32}\.lock~*$/;

/** Characters of the object's name kept in the draft's: a file name has at most 255 bytes. */
const NAME_KEPT = 40;
/** Up to this many bytes a blocking write is cheaper than the way through the thread pool. */
const BLOCKING_BYTES = 1024 * 1024;
/** A `delete` may remove the emptied folder under our hands; so often in a row it cannot. */
const FOLDER_ATTEMPTS = 100;

const writeAsync = promisify(write);

/** Names that a folder store keeps for itself: no object is called so. */
export const isReservedName = (name: string): boolean => name.startsWith('.') && (DRAFT.test(name) || LOCK.test(name));

/** A written body, not yet an object. End it with `settle` or `discard`. */
export interface Draft {
  readonly path: string;
  /** It has become the object, and its own name is gone. Says what the file is now. */
  settle(): BigIntStats;
  /** It shall not become the object. */
  discard(): void;
}

/** Writes the body beside `path`, making missing folders. @throws system errors, and what the body throws */
export async function writeDraft(path: string, body: Body): Promise<Draft> {
  const { made: fd, draftPath } = await makeDraft(path, (draftPath) => openSync(draftPath, 'wx'));
  const discard = (): void => {
    closeSync(fd);
    removeIfThere(draftPath);
  };
  const writeBack = new WriteBack(fd);
  try {
    for await (const chunk of piecesOf(body) ?? (body as AsyncIterable<Uint8Array>)) {
      await writeFully(fd, chunk);
      writeBack.wrote(chunk.byteLength);
    }
    await writeBack.end();
    const settle = (): BigIntStats => {
      const stat = statDescriptor(fd);
      closeSync(fd);
      return stat;
    };
    return { path: draftPath, settle, discard };
  } catch (error) {
    await writeBack.abandon();
    discard();
    throw error;
  }
}

/** Another name for the file `source`, beside `path`: a draft without a body of its own. @throws system errors */
export async function linkDraft(path: string, source: string): Promise<Pick<Draft, 'path' | 'discard'>> {
  const { draftPath } = await makeDraft(path, (draftPath) => linkSync(source, draftPath));
  return { path: draftPath, discard: () => removeIfThere(draftPath) };
}

/** @param make makes the file; it is called again where the folder was not there */
async function makeDraft<T>(path: string, make: (draftPath: string) => T): Promise<{ made: T; draftPath: string }> {
  const folder = dirname(path);
  const name = basename(path).slice(0, NAME_KEPT).toWellFormed();
  const draftPath = join(folder, `.${name}.${newOwner()}.tmp`);
  for (let attempt = 1; ; attempt++) {
    try {
      if (!swept.has(folder)) await sweep(folder);
      return { made: make(draftPath), draftPath };
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || attempt === FOLDER_ATTEMPTS) throw error;
    }
    makeFolder(folder);
  }
}

/**
 * Makes a folder and those above it. (Not `mkdir` with `recursive`: it never ends below `/proc`, and says that nothing is there
 * where a file system is read-only.) @throws system errors; AccessDeniedError where no folder can be made, ConfigError
 * where a link leads nowhere
 */
function makeFolder(folder: string): void {
  for (let attempt = 1; attempt <= FOLDER_ATTEMPTS; attempt++) {
    try {
      mkdirSync(folder);
      swept.add(folder); // new: nobody has left anything there
      flushFolderSync(dirname(folder));
      return;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return;
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    // The one above is missing, or vanishes now and then under our hands.
    if (!existsSync(dirname(folder))) makeFolder(dirname(folder));
  }
  for (let above = folder; above !== dirname(above); above = dirname(above)) {
    const isBroken = !existsSync(above) && lstatSync(above, { throwIfNoEntry: false })?.isSymbolicLink();
    if (isBroken) {
      throw new ConfigError(`${above} is a link that leads nowhere, where a folder is needed: remove or rename it`);
    }
  }
  throw new AccessDeniedError(`${folder}: the file system has no place for folders there. Choose another folder.`);
}

/** Folders that this thread has looked through for what the dead left behind. */
const swept = new Set<string>();

/**
 * Removes the drafts and locks that processes left in a folder when they died. @throws ENOENT where there is no such
 * folder
 */
export async function sweep(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith('.')) continue;
    const owner = DRAFT.exec(name)?.[1];
    if (owner !== undefined && isOwnerGone(owner)) removeIfThere(join(folder, name));
    if (LOCK.test(name)) await breakStaleLock(join(folder, name));
  }
  swept.add(folder);
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

async function writeFully(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const rest = bytes.subarray(at);
    at += rest.byteLength <= BLOCKING_BYTES ? writeSync(fd, rest) : (await writeAsync(fd, rest)).bytesWritten;
  }
}
