/** Where the parts of a kernel's WebAssembly memory lie. */
import { PAGE_BYTES } from './als-instance.ts';

/** wasm32 addresses end at 4 GiB. */
export const ADDRESSABLE_MB = 4_096;
const MIB = 2 ** 20;

export interface Layout<Part extends string> {
  /** Byte offsets. */
  readonly at: Readonly<Record<Part, number>>;
  /** Of the whole memory, 64 KiB each. */
  readonly pages: number;
  /** The same in MiB, rounded up. */
  readonly sizeMb: number;
}

/** Lays parts of so many elements of four bytes one after another, each at a cache line; the first page stays free. */
export function layOut<Part extends string>(sizes: Readonly<Record<Part, number>>): Layout<Part> {
  const at: Record<Part, number> = { ...sizes };
  let end = PAGE_BYTES;
  for (const part of Object.keys(sizes) as Part[]) {
    at[part] = end;
    end += Math.ceil(sizes[part] / 16) * 64;
  }
  const pages = Math.ceil(end / PAGE_BYTES);
  return { at, pages, sizeMb: Math.ceil((pages * PAGE_BYTES) / MIB) };
}
