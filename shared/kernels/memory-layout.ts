/** The layout of a kernel's WebAssembly memory. */
import { LimitError } from '../errors.ts';

export const FLOAT_BYTES: number = Float32Array.BYTES_PER_ELEMENT;
export const DOUBLE_BYTES: number = Float64Array.BYTES_PER_ELEMENT;
export const PAGE_BYTES = 65_536;
/** wasm32 addresses end at 4 GiB. */
const ADDRESSABLE_MB = 4_096;
const MIB = 2 ** 20;
const CACHE_LINE_BYTES = 64;
const CACHE_LINE_FLOATS = CACHE_LINE_BYTES / FLOAT_BYTES;
/** The kernels' loops take two vectors of four float32 at a time. */
const FLOATS_AT_A_TIME = 8;

/** Returns `length` rounded up to a multiple of 8, the floats in a stored row. */
export const paddedLength = (length: number): number => Math.ceil(length / FLOATS_AT_A_TIME) * FLOATS_AT_A_TIME;

export interface Layout<Part extends string> {
  /** The byte offset of each part. */
  readonly at: Readonly<Record<Part, number>>;
  /** The size of the whole memory in pages of 64 KiB. */
  readonly pages: number;
  /** The size of the whole memory in MiB, rounded up. */
  readonly sizeMb: number;
}

/**
 * Lays out parts one after another, each at the start of a cache line. The first page stays free.
 *
 * @param sizes the elements of each part, of four bytes each
 */
export function layOut<Part extends string>(sizes: Readonly<Record<Part, number>>): Layout<Part> {
  const at: Record<Part, number> = { ...sizes };
  let end = PAGE_BYTES;
  for (const part of Object.keys(sizes) as Part[]) {
    at[part] = end;
    end += Math.ceil(sizes[part] / CACHE_LINE_FLOATS) * CACHE_LINE_BYTES;
  }
  const pages = Math.ceil(end / PAGE_BYTES);
  return { at, pages, sizeMb: Math.ceil((pages * PAGE_BYTES) / MIB) };
}

/** The words of the message about a memory that is too large. */
export interface MemoryWords {
  /** The data that needs the memory, with a verb: `ALS: 5 fixed rows … need`. */
  readonly need: string;
  /** The owner of the memory: `a shard`. */
  readonly owner: string;
  readonly cure: string;
}

/** @throws LimitError when `sizeMb` passes `memoryMb` or what wasm32 can address */
export function requireMemory(sizeMb: number, memoryMb: number, { need, owner, cure }: MemoryWords): void {
  if (sizeMb >= ADDRESSABLE_MB) {
    throw new LimitError(`${need} ${sizeMb} MiB, and ${owner} can address less than ${ADDRESSABLE_MB}: ${cure}`);
  }
  if (sizeMb > memoryMb) throw new LimitError(`${need} ${sizeMb} MiB, and ${owner} may use ${memoryMb}: ${cure}`);
}
