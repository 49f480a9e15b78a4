/** Writes segment files. `segments.ts` shows the format. */
import type { JsonValue } from '../json.ts';
import { sumsOf } from './block-sums.ts';
import { concatBytes, lengthOf } from './body.ts';
import { encodeIndex, type IndexEntry, paddingAfter } from './segment-index.ts';
import type { Body } from './store.ts';

/** Files up to this size are passed on in one piece: one copy is cheaper than many small writes. */
const ONE_PIECE_BYTES = 4 * 1024 * 1024;

declare const META: unique symbol;

/** The body of a segment file. For the compiler only, it carries the type of its meta. */
export type SegmentBody<M extends JsonValue> = Body & { readonly [META]: M };

/** Returns the body of a file that its writer streams with `SegmentWriter.take` and ends with `SegmentWriter.end`. */
export const streamedSegments = <M extends JsonValue>(chunks: AsyncIterable<Uint8Array>): SegmentBody<M> => {
  const body: Body = chunks;
  return body as SegmentBody<M>;
};

/** Collects sections in memory. They are in the file in the order in which they are added. */
export class SegmentWriter {
  readonly #chunks: Uint8Array[] = [];
  readonly #sections: IndexEntry[] = [];
  readonly #names = new Set<string>();
  #size = 0;

  /**
   * Adds a section, and computes its checksums. The bytes are not copied, so they must not change until the body is written.
   *
   * @param count the number of the section's records, for readers that need it before they read
   * @throws RangeError when the file already has a section with this name
   */
  add(name: string, bytes: Uint8Array | readonly Uint8Array[], count = 0): void {
    if (this.#names.has(name)) throw new RangeError(`a segment file has one section '${name}', not two`);
    this.#names.add(name);
    const chunks = bytes instanceof Uint8Array ? [bytes] : bytes;
    const length = lengthOf(chunks);
    this.#sections.push([name, this.#size, length, count, sumsOf(chunks, length)]);
    for (const chunk of chunks) this.#append(chunk);
    this.#append(new Uint8Array(paddingAfter(length)));
  }

  /** Returns the bytes that were added since the last call, for a caller that writes the file while sections are added. */
  take(): Uint8Array[] {
    return this.#chunks.splice(0);
  }

  /** Returns the rest of the file: the bytes that were not taken yet, and the index. */
  end(meta: JsonValue = null): Uint8Array[] {
    return [...this.#chunks, encodeIndex({ sections: this.#sections, meta })];
  }

  /** Returns the whole file, for `Store.put`. */
  finish<M extends JsonValue = null>(meta?: M): SegmentBody<M> {
    const chunks = this.end(meta);
    const body: Body = this.#size <= ONE_PIECE_BYTES ? concatBytes(chunks) : chunks;
    return body as SegmentBody<M>;
  }

  #append(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
  }
}
