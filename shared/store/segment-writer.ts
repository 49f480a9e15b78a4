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

  /** Returns the bytes that were added since the last call. They are chunks for `stream`. */
  take(): Uint8Array[] {
    return this.#chunks.splice(0);
  }

  /**
   * Returns the body of a file that is written while sections are added: the chunks, and then the rest of the file.
   *
   * @param chunks what `take` returned
   * @param addLast is called after the last chunk. Adds the remaining sections, and returns the meta
   */
  stream<M extends JsonValue>(chunks: AsyncIterable<Uint8Array>, addLast: () => M): SegmentBody<M> {
    const body: Body = this.#streamed(chunks, addLast);
    return body as SegmentBody<M>;
  }

  async *#streamed(chunks: AsyncIterable<Uint8Array>, addLast: () => JsonValue): AsyncGenerator<Uint8Array> {
    yield* chunks;
    yield* this.#rest(addLast());
  }

  /**
   * Returns the whole file, for `Store.put`. The argument alone gives the meta's type, so a step whose shards have a meta
   * cannot forget it.
   */
  finish(): SegmentBody<null>;
  finish<M extends JsonValue>(meta: M): SegmentBody<M>;
  finish(meta: JsonValue = null): Body {
    const chunks = this.#rest(meta);
    return this.#size <= ONE_PIECE_BYTES ? concatBytes(chunks) : chunks;
  }

  /** Returns the bytes that were not taken yet, and the index. */
  #rest(meta: JsonValue): Uint8Array[] {
    return [...this.#chunks, encodeIndex({ sections: this.#sections, meta })];
  }

  #append(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
  }
}
