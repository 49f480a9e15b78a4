/**
 * Checksums of a section, one for every block of it, so that a reader of a part checks what it reads and reads little more.
 *
 * A block has 16 KiB where that makes at most 256 of them, else twice as much, and so on up to 1 MiB: a table is short, and a
 * range is widened by at most a 128th of its section. A section of 40,000 bytes has three blocks, up to byte 16,384, 32,768
 * and 40,000; who wants its bytes 20,000 to 21,000 reads and checks the second.
 *
 * The checksum is CRC-32: it finds every error of up to 32 bits in a row, all others but one in four billion, and runs at
 * several GB/s.
 */
import { crc32 } from 'node:zlib';
import type { ResolvedRange } from './byte-range.ts';

const MIN_BLOCK_BYTES = 16 * 1024;
const MAX_BLOCK_BYTES = 1024 * 1024;
const USUAL_BLOCKS = 256;
const SUM_BYTES = 4;

/** The length of the blocks of a section; its last one may be shorter. @param length of the section, bytes */
export function blockBytesOf(length: number): number {
  let bytes = MIN_BLOCK_BYTES;
  while (bytes < MAX_BLOCK_BYTES && bytes * USUAL_BLOCKS < length) bytes *= 2;
  return bytes;
}

/** A range of a section widened to whole blocks. */
export function wholeBlocks({ start, end }: ResolvedRange, length: number): ResolvedRange {
  const block = blockBytesOf(length);
  return { start: start - (start % block), end: Math.min(length, Math.ceil(end / block) * block) };
}

/** The checksums of a section given in chunks, as text. */
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

  /** @param length of the section, bytes @throws RangeError where there are more or fewer checksums than blocks */
  constructor(text: string, length: number) {
    this.#sums = Buffer.from(text, 'base64url');
    this.#block = blockBytesOf(length);
    if (this.#sums.byteLength !== Math.ceil(length / this.#block) * SUM_BYTES) {
      throw new RangeError(`${this.#sums.byteLength} bytes of checksums cannot be those of ${length} bytes`);
    }
  }

  /** True when whole blocks are as they were written. @param start where they begin in the section */
  areWhole(bytes: Uint8Array, start: number): boolean {
    const check = this.checkFrom(start);
    return check.add(bytes) && check.end();
  }

  /** The same, for blocks that come in chunks of any size. */
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

/** Both say whether all blocks that have ended so far are as they were written. */
export interface BlockCheck {
  readonly add: (chunk: Uint8Array) => boolean;
  /** The last block ends here. */
  readonly end: () => boolean;
}

/** Tells the checksum of each block of a stream of chunks. */
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
