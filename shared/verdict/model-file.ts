/** One file of an output as a reader sees it: staged in pieces, or published as an object. */
import { atMost } from '../at-most.ts';
import type { OutputFile } from '../job/job.ts';
import { concatBytes } from '../store/body.ts';
import type { Store } from '../store/store.ts';

/** Sizes are asked for so many at a time. */
const HEADS_AT_ONCE = 8;

interface StoredPiece {
  readonly key: string;
  /** Bytes of the object, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** Where the piece begins in the file. */
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

  /** A file whose bytes lie in the work area. A piece that is not there has no bytes. */
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

  /** A published file. One that is not there has no bytes. */
  static published(store: Store, prefix: string, name: string): Promise<ModelFile> {
    return ModelFile.staged(store, { name, pieces: [{ key: prefix + name }] });
  }

  /** The bytes from `start` to `end` (exclusive), as many of them as there are. */
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

  /** All bytes in order. A chunk lasts until the next one is asked for. */
  async *stream(): AsyncGenerator<Uint8Array> {
    for (const { key, start, end } of this.#pieces) {
      if (start < end) yield* this.#store.stream(key, { range: { start, end }, transient: true });
    }
  }
}
