/**
 * A draft: the temporary file that a body is written to. It is in the object's folder, and becomes the object in one atomic
 * call (`link` or `rename`). A writer that is killed at any moment leaves a draft, never half an object.
 *
 * The content is on the disk before the draft becomes the object (`file-flush.ts`), so objects are whole after a power cut too.
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

/** The most characters of the object's name in a draft's name. A file name has at most 255 bytes. */
const NAME_KEPT = 40;
/** Up to this many bytes a blocking write is cheaper than the thread pool. */
const BLOCKING_BYTES = 1024 * 1024;
/** A `delete` may remove the empty folder before the draft is in it. It cannot do so this many times in a row. */
const FOLDER_ATTEMPTS = 100;

const writeAsync = promisify(write);

/** True for names that a folder store keeps for its drafts and locks. No object has such a name. */
export const isReservedName = (name: string): boolean => name.startsWith('.') && (DRAFT.test(name) || LOCK.test(name));

/** A body that was written and is not an object yet. The caller must call `settle` or `discard`. */
export interface Draft {
  readonly path: string;
  /** Closes the draft after it has become the object. Returns the state of the file. */
  settle(): BigIntStats;
  /** Closes and removes a draft that will not become the object. */
  discard(): void;
}

/**
 * Writes the body to a draft in the folder of `path`, and makes missing folders.
 * @throws system errors; what the body throws
 */
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

/** Makes a draft in the folder of `path` that is a second name of the file `source`. @throws system errors */
export async function linkDraft(path: string, source: string): Promise<Pick<Draft, 'path' | 'discard'>> {
  const { draftPath } = await makeDraft(path, (draftPath) => linkSync(source, draftPath));
  return { path: draftPath, discard: () => removeIfThere(draftPath) };
}

/**
 * Makes a draft, and the folder if it is missing.
 * @param make makes the file; it is called again when the folder was missing
 */
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
 * Makes a folder and those above it. (`mkdir` with `recursive` never ends below `/proc`, and on a read-only file system its
 * error says that the folder does not exist.)
 *
 * @throws AccessDeniedError when the file system cannot have folders here
 * @throws ConfigError when the path has a link that leads nowhere
 * @throws system errors
 */
function makeFolder(folder: string): void {
  for (let attempt = 1; attempt <= FOLDER_ATTEMPTS; attempt++) {
    try {
      mkdirSync(folder);
      swept.add(folder); // A new folder has no leftovers.
      flushFolderSync(dirname(folder));
      return;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return;
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    // The folder above is missing, or other processes remove it now and then.
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

/** The folders from which this thread has removed the drafts and locks of dead processes. */
const swept = new Set<string>();

/** Removes the drafts and locks that processes left in a folder when they died. @throws ENOENT when there is no such folder */
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
