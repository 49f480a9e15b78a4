/**
 * Flushing to the disk (`fsync`), so that a power cut loses no object that was committed and leaves none torn: the content of
 * a draft before it becomes the object, and the folder that names it afterwards (ADR 0019).
 */
import { closeSync, fdatasync, fsync, fsyncSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from './file-errors.ts';

/** While so many bytes are on their way to the disk, the next ones are computed: the flush at the end finds little to do. */
const WRITE_BACK_BYTES = 32 * 1024 * 1024;

/** What file systems answer that cannot flush a folder, and do so by themselves or never; or that have none there any more. */
const CANNOT_FLUSH: ReadonlySet<string> = new Set(['EINVAL', 'EISDIR', 'EPERM', 'EACCES', 'ENOTSUP', 'ENOENT']);

const flushContent = promisify(fdatasync);
const flushAll = promisify(fsync);

/** Flushes a file that is being written. Await `end` or `abandon` before the descriptor is closed. */
export class WriteBack {
  readonly #fd: number;
  #unflushed = 0;
  #flushing: Promise<unknown> | undefined;
  /** Of the first flush that failed. A system tells of a write error once, so the flush at the end may know nothing of it. */
  #failure: unknown;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** So many bytes more have been written: begins to flush them where that is worth it. */
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

  /** Resolves once all is on the disk. @throws system errors */
  async end(): Promise<void> {
    await this.#flushing;
    if (this.#failure !== undefined) throw this.#failure;
    await flushContent(this.#fd);
  }

  /** Resolves once nothing is under way any more. */
  async abandon(): Promise<void> {
    await this.#flushing;
  }
}

/** Flushes the names in a folder. @throws system errors, but for file systems that cannot do so */
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

/** The same, for who cannot wait. */
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
