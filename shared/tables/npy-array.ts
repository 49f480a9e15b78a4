/**
 * Writes an array as numpy's `load` reads it: the header of version 1.0, then the numbers, little-endian, row by row
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */
import type { Sink } from './table.ts';

/** The numbers begin at a multiple of this many bytes, so that the file can be mapped into memory. */
const ALIGNMENT = 64;
const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0); // \x93NUMPY, version 1.0
const CHUNK_BYTES = 1 << 18;

const KINDS = {
  float32: { descr: '<f4', bytes: 4 },
  int64: { descr: '<i8', bytes: 8 },
} as const;

export type NpyType = keyof typeof KINDS;

export class NpyArray {
  readonly #sink: Sink;
  readonly #type: NpyType;
  readonly #length: number;
  #chunk = Buffer.alloc(CHUNK_BYTES);
  #used = 0;
  #written = 0;

  /** @param shape its first number is the number of rows, which the header holds and `finish` compares */
  constructor(sink: Sink, type: NpyType, shape: readonly number[]) {
    this.#sink = sink;
    this.#type = type;
    this.#length = shape.reduce((product, size) => product * size, 1);
    const header = headerOf(type, shape);
    this.#used = header.copy(this.#chunk);
  }

  /** Writes the numbers `start` (inclusive) to `end` (exclusive) of `values`. */
  async write(values: ArrayLike<number>, start: number, end: number): Promise<void> {
    const { bytes } = KINDS[this.#type];
    for (let at = start; at < end; at++) {
      if (this.#used + bytes > CHUNK_BYTES) await this.#flush();
      if (this.#type === 'float32') this.#chunk.writeFloatLE(values[at]!, this.#used);
      else this.#chunk.writeBigInt64LE(BigInt(values[at]!), this.#used);
      this.#used += bytes;
    }
    this.#written += end - start;
  }

  /** @throws RangeError when as many numbers were not written as the header says */
  async finish(): Promise<void> {
    if (this.#written !== this.#length) {
      throw new RangeError(`the array has ${this.#written} numbers, and its header says ${this.#length}`);
    }
    await this.#flush();
  }

  async #flush(): Promise<void> {
    await this.#sink(this.#chunk.subarray(0, this.#used));
    this.#chunk = Buffer.alloc(CHUNK_BYTES);
    this.#used = 0;
  }
}

/** Returns everything before the first number. */
function headerOf(type: NpyType, shape: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${KINDS[type].descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const before = MAGIC.length + 2;
  const total = Math.ceil((before + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const text = `${dictionary.padEnd(total - before - 1)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([MAGIC, length, Buffer.from(text, 'latin1')]);
}
