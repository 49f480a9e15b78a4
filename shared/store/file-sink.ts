/** Writes an object piece by piece, for writers that hand their bytes on as they make them. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Store } from './store.ts';

/** The bytes that may wait for the store. */
const WAITING_BYTES = 1 << 20;

export class FileSink {
  readonly #pipe = new PassThrough({ highWaterMark: WAITING_BYTES });
  readonly #written: Promise<unknown>;
  readonly #sum = createHash('sha256');
  #size = 0;

  /** Begins to write the object. Nothing is there before `close`. */
  constructor(store: Store, key: string) {
    this.#written = store.put(key, this.#pipe);
    // `write` and `close` wait for it too, and throw its error.
    this.#written.catch(() => undefined);
    // The store reads the pipe, so an error of `abort` is an error of `put`.
    this.#pipe.on('error', () => undefined);
  }

  /** Takes the next bytes, which must not change afterwards. @throws what the store throws */
  readonly write = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.byteLength === 0) return;
    this.#sum.update(bytes);
    this.#size += bytes.byteLength;
    if (!this.#pipe.write(bytes)) await Promise.race([once(this.#pipe, 'drain'), this.#written]);
  };

  /** Ends the object. @returns its size in bytes and its SHA-256 in hex @throws what the store throws */
  async close(): Promise<{ readonly size: number; readonly sha256: string }> {
    this.#pipe.end();
    await this.#written;
    return { size: this.#size, sha256: this.#sum.digest('hex') };
  }

  /** Gives the object up, so that nothing is written. It does nothing after `close`. */
  async abort(error: Error): Promise<void> {
    this.#pipe.destroy(error);
    await this.#written.catch(() => undefined);
  }
}
