/**
 * The checksums of a section: one for each of its blocks, so that a reader of a part can check it and reads little more.
 *
 * A block has 16 KiB if that makes at most 256 blocks, else twice as much, and so on up to 1 MiB. The list of checksums is
 * thus short, and a range grows by at most a 128th of its section when it is widened to whole blocks. A section of 40,000
 * bytes has three blocks, which end at bytes 16,384, 32,768 and 40,000. A reader of its bytes 20,000 to 21,000 reads and
 * checks the second.
 *
 * The checksum is CRC-32. It finds every error within 32 bits in a row, and all other errors but one in four billion. It runs
 * at several GB/s.
 */
import { crc32 } from 'node:zlib';
import type { ResolvedRange } from './byte-range.ts';

const MIN_BLOCK_BYTES = 16 * 1024;
const MAX_BLOCK_BYTES = 1024 * 1024;
const USUAL_BLOCKS = 256;
const SUM_BYTES = 4;

/** Returns the bytes of a section's blocks; the last one may be shorter. @param length the bytes of the section */
export function blockBytesOf(length: number): number {
  let bytes = MIN_BLOCK_BYTES;
  while (bytes < MAX_BLOCK_BYTES && bytes * USUAL_BLOCKS < length) bytes *= 2;
  return bytes;
}

/** Widens a range of a section to whole blocks. */
export function wholeBlocks({ start, end }: ResolvedRange, length: number): ResolvedRange {
  const block = blockBytesOf(length);
  return { start: start - (start % block), end: Math.min(length, Math.ceil(end / block) * block) };
}

/** Returns the checksums of a section, which comes in chunks, as text. */
export function sumsOf(chunks: readonly Uint8Array[], length: number): string {
  const block = blockBytesOf(length);
  const sums = Buffer.alloc(Math.ceil(length / block) * SUM_BYTES);
  const running = new RunningSum(block, (place, sum) => sums.writeUInt32LE(sum, place * SUM_BYTES));
  for (const chunk of chunks) running.add(chunk);
  running.end();
  return sums.toString('base64url');
}

/** The checksums of a section, as `sumsOf` wrote them. */
export class BlockSums {
  readonly #sums: Buffer;
  readonly #block: number;

  /** @param length the bytes of the section @throws RangeError when there are more or fewer checksums than blocks */
  constructor(text: string, length: number) {
    this.#sums = Buffer.from(text, 'base64url');
    this.#block = blockBytesOf(length);
    if (this.#sums.byteLength !== Math.ceil(length / this.#block) * SUM_BYTES) {
      throw new RangeError(`${this.#sums.byteLength} bytes of checksums cannot be those of ${length} bytes`);
    }
  }

  /** True when these whole blocks are as they were written. @param start their offset in the section */
  areWhole(bytes: Uint8Array, start: number): boolean {
    const check = this.checkFrom(start);
    return check.add(bytes) && check.end();
  }

  /** Checks whole blocks that come in chunks of any size. @param start their offset in the section */
  checkFrom(start: number): BlockCheck {
    let isWhole = true;
    const first = start / this.#block;
    const running = new RunningSum(this.#block, (place, sum) => {
      if (sum !== this.#sums.readUInt32LE((first + place) * SUM_BYTES)) isWhole = false;
    });
    return {
      add: (chunk) => {
        running.add(chunk);
        return isWhole;
      },
      end: () => {
        running.end();
        return isWhole;
      },
    };
  }
}

/** Both functions return true when all blocks that have ended so far are as they were written. */
export interface BlockCheck {
  readonly add: (chunk: Uint8Array) => boolean;
  /** Ends the last block. */
  readonly end: () => boolean;
}

/** Passes the checksum of each block of a stream to `tell`. */
class RunningSum {
  readonly #block: number;
  readonly #tell: (place: number, sum: number) => void;
  #place = 0;
  #sum = 0;
  #filled = 0;

  constructor(block: number, tell: (place: number, sum: number) => void) {
    this.#block = block;
    this.#tell = tell;
  }

  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength; ) {
      const count = Math.min(chunk.byteLength - at, this.#block - this.#filled);
      this.#sum = crc32(chunk.subarray(at, at + count), this.#sum);
      this.#filled += count;
      at += count;
      if (this.#filled === this.#block) this.end();
    }
  }

  end(): void {
    if (this.#filled === 0) return;
    this.#tell(this.#place++, this.#sum);
    this.#sum = 0;
    this.#filled = 0;
  }
}
