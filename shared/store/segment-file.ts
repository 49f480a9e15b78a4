/** Reads the sections of an opened segment file. `segments.ts` shows the format. */
import type { JsonValue } from '../json.ts';
import { wholeBlocks } from './block-sums.ts';
import { ALIGNMENT, type IndexEntry, type SegmentIndex, sumsOfEntry } from './segment-index.ts';
import { coalesce, type Tail, wholeSections } from './segment-reads.ts';
import type { StreamOptions } from './store.ts';

/** A part of a section: `start` inclusive, `end` exclusive, in bytes from the section's start. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/** Reads the bytes of an opened file. `end` is exclusive. */
export interface Source {
  /** The key of the file in its store. */
  readonly key: string;
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
  readonly stream: (
    start: number,
    end: number,
    options: Pick<StreamOptions, 'chunkBytes'>,
  ) => AsyncIterable<Uint8Array>;
  readonly onDamage: OnDamage;
}

/** Returns the error to throw when a file is damaged or gone. For one that is gone, `cause` is a MissingObjectError. */
export type OnDamage = (why: string, cause?: unknown) => Promise<Error>;

/** A piece of a segment file that is read later. `start` and `end` are offsets in the file. */
export interface SegmentPiece extends Part {
  readonly key: string;
  readonly read: () => AsyncIterable<Uint8Array>;
}

/** An opened segment file. Its index is in memory, and its sections are in the store. `openSegments` makes it. */
export class SegmentFile<M extends JsonValue | undefined = JsonValue | undefined> {
  /** The key of the file in its store. */
  readonly key: string;
  readonly meta: M;
  readonly #source: Source;
  readonly #sections: ReadonlyMap<string, IndexEntry>;
  /** The whole sections that came with the index. */
  readonly #tail: Tail;

  /** @param known the bytes at the end of the file that were read for the index */
  constructor(source: Source, index: SegmentIndex, known: Tail) {
    this.key = source.key;
    // The caller says which step wrote the file, and so which type its meta has. Checksums, not a schema, protect its bytes.
    this.meta = index.meta as M;
    this.#source = source;
    this.#sections = new Map(index.sections.map((entry) => [entry[0], entry]));
    this.#tail = wholeSections(index, known);
  }

  /** Returns the names of the sections, in the order of the file. */
  names(): string[] {
    return [...this.#sections.keys()];
  }

  has(name: string): boolean {
    return this.#sections.has(name);
  }

  /** Returns the count that `SegmentWriter.add` was given. @throws RangeError when there is no such section */
  count(name: string): number {
    return this.#section(name)[3];
  }

  /** Returns the length of a section in bytes. @throws RangeError as `count` */
  length(name: string): number {
    return this.#section(name)[2];
  }

  /**
   * Reads a section, or a part of it. The bytes start at a multiple of 8 in their `ArrayBuffer`.
   *
   * @throws DamagedObjectError when they are not the bytes that were written
   * @throws RangeError when there is no such section or part
   * @throws what `Store.get` throws (PreconditionFailedError: the file was replaced after it was opened)
   */
  async read(name: string, part?: Part): Promise<Uint8Array> {
    const entry = this.#section(name);
    const { start, end } = partOf(entry, part);
    if (start === end) return new Uint8Array();
    const whole = wholeBlocks({ start, end }, entry[2]);
    const bytes = await this.#bytes(entry[1] + whole.start, entry[1] + whole.end);
    await this.#check(entry, bytes, whole.start);
    return aligned(bytes.subarray(start - whole.start, end - whole.start));
  }

  /**
   * Reads several sections with few requests, and returns them in the order of `names`. They may share one `ArrayBuffer`.
   *
   * @throws as `read`
   */
  async readMany<const Names extends readonly string[]>(names: Names): Promise<{ [Place in keyof Names]: Uint8Array }> {
    const wanted = names.map((name) => this.#section(name));
    const found = new Map<string, Uint8Array>();
    for (const { start, end, sections } of coalesce(wanted)) {
      const bytes = aligned(await this.#bytes(start, end));
      for (const entry of sections) {
        const [name, offset, length] = entry;
        const own = bytes.subarray(offset - start, offset - start + length);
        await this.#check(entry, own, 0);
        found.set(name, own);
      }
    }
    return names.map((name) => found.get(name)!) as { [Place in keyof Names]: Uint8Array };
  }

  /**
   * Reads a section, or a part of it, in chunks, which last. The last chunk comes after all bytes were checked. A reader that
   * has all bytes therefore has the right ones, but earlier chunks may be wrong until the error comes.
   *
   * @throws as `read`
   */
  async *stream(
    name: string,
    part?: Part,
    options: Pick<StreamOptions, 'chunkBytes'> = {},
  ): AsyncGenerator<Uint8Array> {
    const entry = this.#section(name);
    const { start, end } = partOf(entry, part);
    if (start === end) return;
    const whole = wholeBlocks({ start, end }, entry[2]);
    const check = sumsOfEntry(entry).checkFrom(whole.start);
    let at = whole.start;
    let held: Uint8Array | undefined;
    for await (const chunk of this.#chunks(entry[1] + whole.start, entry[1] + whole.end, options)) {
      if (!check.add(chunk)) throw await this.#otherBytes(name);
      const wanted = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
      at += chunk.byteLength;
      if (wanted.byteLength === 0) continue;
      if (held !== undefined) yield held;
      held = wanted;
    }
    if (at !== whole.end) throw await this.#source.onDamage('it ends in the middle of a section');
    if (!check.end()) throw await this.#otherBytes(name);
    if (held !== undefined) yield held;
  }

  /** Returns a section, or a part of it, as a piece of an output file. @throws RangeError as `read` */
  piece(name: string, part?: Part): SegmentPiece {
    const entry = this.#section(name);
    const { start, end } = partOf(entry, part);
    return {
      key: this.key,
      start: entry[1] + start,
      end: entry[1] + end,
      read: () => this.stream(name, { start, end }),
    };
  }

  async #check(entry: IndexEntry, bytes: Uint8Array, start: number): Promise<void> {
    if (!sumsOfEntry(entry).areWhole(bytes, start)) throw await this.#otherBytes(entry[0]);
  }

  #otherBytes(name: string): Promise<Error> {
    return this.#source.onDamage(`section '${name}' holds other bytes than were written`);
  }

  /** Yields the bytes of the file. Bytes that came with the index are one chunk. */
  async *#chunks(start: number, end: number, options: Pick<StreamOptions, 'chunkBytes'>): AsyncIterable<Uint8Array> {
    const { from, bytes } = this.#tail;
    if (start >= from) yield bytes.subarray(start - from, end - from);
    else yield* this.#source.stream(start, end, options);
  }

  async #bytes(start: number, end: number): Promise<Uint8Array> {
    if (start === end) return new Uint8Array();
    const { from, bytes: known } = this.#tail;
    if (start >= from) return known.subarray(start - from, end - from);
    const bytes = await this.#source.read(start, end);
    if (bytes.byteLength !== end - start) throw await this.#source.onDamage('it ends in the middle of a section');
    return bytes;
  }

  #section(name: string): IndexEntry {
    const section = this.#sections.get(name);
    if (!section) throw new RangeError(`${this.key} has no section '${name}'`);
    return section;
  }
}

function partOf([name, , length]: IndexEntry, part: Part = { start: 0, end: length }): Part {
  if (part.start >= 0 && part.start <= part.end && part.end <= length) return part;
  throw new RangeError(`section '${name}' has ${length} bytes, and none from ${part.start} to ${part.end}`);
}

const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % ALIGNMENT === 0 ? bytes : new Uint8Array(bytes));
