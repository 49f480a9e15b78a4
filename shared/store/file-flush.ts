/**
 * Flushes files and folders to the disk (`fsync`), so that a power cut neither loses nor tears a committed object. The content
 * of a draft is flushed before it becomes the object, and the folder with the object's name afterwards (ADR 0019).
 */
import { closeSync, fdatasync, fsync, fsyncSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from './file-errors.ts';

/**
 * A flush begins each time so many bytes were written, while the next bytes are computed. The last flush then has little to
 * do.
 */
const WRITE_BACK_BYTES = 32 * 1024 * 1024;

/** The codes of file systems that cannot flush a folder on demand, and of a folder that was removed. */
const CANNOT_FLUSH: ReadonlySet<string> = new Set(['EINVAL', 'EISDIR', 'EPERM', 'EACCES', 'ENOTSUP', 'ENOENT']);

const flushContent = promisify(fdatasync);
const flushAll = promisify(fsync);

/** Flushes a file that is being written. The caller must await `end` or `abandon` before it closes the descriptor. */
export class WriteBack {
  readonly #fd: number;
  #unflushed = 0;
  #flushing: Promise<unknown> | undefined;
  /**
   * The error of the first flush that failed. A system reports a write error only once, so the last flush may not repeat it.
   */
  #failure: unknown;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Counts bytes that were written, and begins to flush them when they are many. */
  wrote(bytes: number): void {
    this.#unflushed += bytes;
    if (this.#unflushed < WRITE_BACK_BYTES || this.#flushing !== undefined) return;
    this.#unflushed = 0;
    this.#flushing = flushContent(this.#fd)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .then(() => {
        this.#flushing = undefined;
      });
  }

  /** Resolves when all bytes are on the disk. @throws system errors */
  async end(): Promise<void> {
    await this.#flushing;
    if (this.#failure !== undefined) throw this.#failure;
    await flushContent(this.#fd);
  }

  /** Resolves when no flush is running any more. */
  async abandon(): Promise<void> {
    await this.#flushing;
  }
}

/** Flushes the names in a folder, if its file system can do so. @throws system errors */
export async function flushFolder(folder: string): Promise<void> {
  try {
    const fd = openSync(folder, 'r');
    try {
      await flushAll(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!CANNOT_FLUSH.has(systemCode(error) ?? '')) throw error;
  }
}

/** Flushes the names as `flushFolder` does, and blocks the thread meanwhile. For callers that cannot await. */
export function flushFolderSync(folder: string): void {
  try {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!CANNOT_FLUSH.has(systemCode(error) ?? '')) throw error;
  }
}
