/** One file of an output, for readers: it is staged in pieces, or published as an object. */
import { atMost } from '../at-most.ts';
import type { OutputFile } from '../job/job.ts';
import { concatBytes } from '../store/body.ts';
import type { Store } from '../store/store.ts';

/** The number of sizes that are requested at the same time. */
const HEADS_AT_ONCE = 8;

interface StoredPiece {
  readonly key: string;
  /** The piece's range of bytes in the object, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** The piece's first byte in the file. */
  readonly offset: number;
}

export class ModelFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly #store: Store;
  readonly #pieces: readonly StoredPiece[];

  private constructor(name: string, store: Store, pieces: readonly StoredPiece[]) {
    const last = pieces.at(-1);
    this.name = name;
    this.size = last === undefined ? 0 : last.offset + last.end - last.start;
    this.#store = store;
    this.#pieces = pieces;
  }

  /** Opens a file whose bytes are in the work area. A missing piece counts as empty. */
  static async staged(store: Store, { name, pieces }: OutputFile): Promise<ModelFile> {
    const spans = await atMost(HEADS_AT_ONCE, pieces, async ({ key, start = 0, end }) => ({
      key,
      start,
      end: end ?? (await store.head(key))?.size ?? start,
    }));
    let offset = 0;
    const placed = spans.map((span): StoredPiece => {
      const piece = { ...span, offset };
      offset += span.end - span.start;
      return piece;
    });
    return new ModelFile(name, store, placed);
  }

  /** Opens a published file. A missing file counts as empty. */
  static published(store: Store, prefix: string, name: string): Promise<ModelFile> {
    return ModelFile.staged(store, { name, pieces: [{ key: prefix + name }] });
  }

  /** Reads the bytes from `start` to `end` (exclusive), or up to the end of the file. */
  async read(start: number, end: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for (const { key, offset, ...piece } of this.#pieces) {
      const from = Math.max(start, offset);
      const to = Math.min(end, offset + piece.end - piece.start);
      if (from >= to) continue;
      const range = { start: piece.start + from - offset, end: piece.start + to - offset };
      chunks.push((await this.#store.get(key, { range })).bytes);
    }
    return concatBytes(chunks);
  }

  /** Reads all bytes in order. A chunk is valid until the next one is requested. */
  async *stream(): AsyncGenerator<Uint8Array> {
    for (const { key, start, end } of this.#pieces) {
      if (start < end) yield* this.#store.stream(key, { range: { start, end }, transient: true });
    }
  }
}
