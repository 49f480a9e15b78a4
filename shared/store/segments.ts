/**
 * Segment files: what a shard writes, one object holding named sections.
 *
 *   [section][padding][section][padding] … [index: JSON][its CRC-32: u32][its length: u32, little-endian]["SEG2"]
 *
 * The index is `{version, sections: [[name, offset, length, count, checksums], …], meta}`, offsets and lengths in bytes.
 * Sections start at multiples of 8, so that a typed-array view of a section needs no copy. For example, a section `ids` of 12
 * bytes and a section `values` of 8:
 *
 *   0…12 ids   12…16 zeros   16…24 values   24… {"version":2,"sections":[["ids",0,12,3,"…"],["values",16,8,2,"…"]],"meta":null}
 *
 * A reader takes the index with one request for the object's end, then only the sections that it needs. Small sections at
 * the end come with the index: put there what tells which parts of the others are wanted. Whatever is read is compared with
 * the checksums of its blocks (`block-sums.ts`), so a reader gets the bytes that were written, or an error.
 */
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { sumsOf, wholeBlocks } from './block-sums.ts';
import { concatBytes } from './body.ts';
import {
  ALIGNMENT,
  encodeIndex,
  type IndexEntry,
  indexRange,
  paddingAfter,
  parseIndex,
  SegmentDamage,
  type SegmentIndex,
  sumsOfEntry,
} from './segment-index.ts';
import type { Body, Store, StoredObject, StreamOptions } from './store.ts';

/** Most indexes, and many whole files, are shorter: then one request is enough. */
export const FIRST_READ_BYTES: number = 64 * 1024;
/** Files up to this size are handed over in one piece: one copy is cheaper than many small writes. */
const ONE_PIECE_BYTES = 4 * 1024 * 1024;
/** Reading over so many bytes that nobody wants is cheaper than another request. */
const GAP_BYTES = 64 * 1024;
/** But one request takes no more than this, where there is a choice. */
const MAX_READ_BYTES = 32 * 1024 * 1024;

declare const META: unique symbol;

/** The body of a segment file, which carries (for the compiler alone) the type of its meta. */
export type SegmentBody<M extends JsonValue> = Body & { readonly [META]: M };

/** Collects sections in memory; their order in the file is that in which they were added. */
export class SegmentWriter {
  readonly #chunks: Uint8Array[] = [];
  readonly #sections: IndexEntry[] = [];
  readonly #names = new Set<string>();
  #size = 0;

  /**
   * The bytes are kept, not copied: leave them as they are until the body is written. Their checksums are taken now.
   * @param count how many records the section holds, for readers that want to know before they read
   * @throws RangeError for a name that is taken
   */
  add(name: string, bytes: Uint8Array | readonly Uint8Array[], count = 0): void {
    if (this.#names.has(name)) throw new RangeError(`a segment file has one section '${name}', not two`);
    this.#names.add(name);
    const chunks = bytes instanceof Uint8Array ? [bytes] : bytes;
    const length = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    this.#sections.push([name, this.#size, length, count, sumsOf(chunks, length)]);
    for (const chunk of chunks) this.#append(chunk);
    this.#append(new Uint8Array(paddingAfter(length)));
  }

  /** The bytes of the sections added so far that were not taken yet: whoever writes them while more come is the file. */
  take(): Uint8Array[] {
    return this.#chunks.splice(0);
  }

  /** What is left of a file of which a part was taken. */
  end(meta: JsonValue = null): Uint8Array[] {
    return [...this.#chunks, encodeIndex({ sections: this.#sections, meta })];
  }

  /** The whole file, to be given to `Store.put`. */
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

/** A part of a section: `start` inclusive, `end` exclusive, in bytes from the section's start. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/** How the bytes of an opened file are had, `end` exclusive. */
export interface Source {
  /** Where it lies in its store. */
  readonly key: string;
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
  readonly stream: (
    start: number,
    end: number,
    options: Pick<StreamOptions, 'chunkBytes'>,
  ) => AsyncIterable<Uint8Array>;
  readonly onDamage: OnDamage;
}

/** Hears why a file is damaged, or (`cause` is a MissingObjectError) that it is gone; gives the error to throw. */
export type OnDamage = (why: string, cause?: unknown) => Promise<Error>;

/** A piece of a segment file, to be read later. */
export interface SegmentPiece extends Part {
  readonly key: string;
  readonly read: () => AsyncIterable<Uint8Array>;
}

/** An opened segment file: its index in memory, its sections still in the store. */
export class SegmentFile<M extends JsonValue | undefined = JsonValue | undefined> {
  /** Where it lies in its store. */
  readonly key: string;
  readonly meta: M;
  readonly #source: Source;
  readonly #sections: ReadonlyMap<string, IndexEntry>;
  /** The whole sections that have come with the index. */
  readonly #tail: Tail;

  /**
   * @param known the bytes that have been read, from where on
   * Use `openSegments`.
   */
  constructor(source: Source, index: SegmentIndex, known: Tail) {
    this.key = source.key;
    // The type is that of the step which wrote the file; what is read is compared with checksums, not with a schema.
    this.meta = index.meta as M;
    this.#source = source;
    this.#sections = new Map(index.sections.map((entry) => [entry[0], entry]));
    this.#tail = wholeSections(index, known);
  }

  /** In the order of the file. */
  names(): string[] {
    return [...this.#sections.keys()];
  }

  has(name: string): boolean {
    return this.#sections.has(name);
  }

  /** As given to `SegmentWriter.add`. @throws RangeError where there is no such section */
  count(name: string): number {
    return this.#section(name)[3];
  }

  /** The length of a section, in bytes. @throws RangeError as `count` */
  length(name: string): number {
    return this.#section(name)[2];
  }

  /**
   * A section's bytes, or a part of them, at a multiple of 8 in their `ArrayBuffer`.
   * @throws DamagedObjectError for other bytes than were written; RangeError where there is no such section or part; as
   * `Store.get` (PreconditionFailedError: the file was replaced since it was opened)
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
   * Several sections with as few requests as is sensible, in the order of `names`. They may share one `ArrayBuffer`.
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
   * The same as `read` in chunks, which last. The last chunk comes once all before it has been checked, so whoever has all
   * bytes has the right ones; who takes the chunks before it must bear wrong ones until the error comes.
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

  /** A section, or a part of it, as a piece of an output file. @throws RangeError as `read` */
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

  /** What has come with the index is one chunk. */
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

/** Bytes of a file from `from` on. */
interface Tail {
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** The sections of which all bytes are known: they stay in memory with the file, the others' bytes do not. */
function wholeSections({ sections }: SegmentIndex, { from, bytes }: Tail): Tail {
  const first = sections.find(([, offset]) => offset >= from);
  const last = sections.at(-1);
  if (first === undefined || last === undefined) return { from: Number.POSITIVE_INFINITY, bytes: new Uint8Array() };
  const [start, end] = [first[1], last[1] + last[2]];
  if (start === from) return { from, bytes };
  return { from: start, bytes: bytes.slice(start - from, end - from) };
}

/**
 * Opens the segment file under a key: one request for files with an index below 64 KiB, two for others. All reads are
 * of one version of the object.
 * @param onDamage is told of a file that is torn, of another form or changed, now or when it is read later
 * @throws MissingObjectError, and what `onDamage` gives: DamagedObjectError
 */
export async function openSegments<M extends JsonValue | undefined = JsonValue | undefined>(
  store: Store,
  key: string,
  onDamage?: OnDamage,
): Promise<SegmentFile<M>> {
  const end = await store.get(key, { range: { start: -FIRST_READ_BYTES } });
  const { info } = end;
  const damaged = onDamage ?? (async (why, cause) => damagedFile(`${store.root}/${key}`, why, cause));
  const gone = async (error: unknown) =>
    error instanceof MissingObjectError ? await damaged('it is gone since it was opened', error) : error;
  const source: Source = {
    key,
    read: async (from, to) => {
      try {
        return (await store.get(key, { unchangedSince: info, range: { start: from, end: to } })).bytes;
      } catch (error) {
        throw await gone(error);
      }
    },
    stream: async function* (from, to, options) {
      try {
        yield* store.stream(key, { ...options, range: { start: from, end: to } });
      } catch (error) {
        throw await gone(error);
      }
    },
    onDamage: damaged,
  };
  try {
    const known = { from: end.size - end.bytes.byteLength, bytes: end.bytes };
    return new SegmentFile<M>(source, await readIndex(source, end, known), known);
  } catch (error) {
    throw error instanceof SegmentDamage ? await source.onDamage(error.message, error) : error;
  }
}

const damagedFile = (where: string, why: string, cause: unknown): DamagedObjectError =>
  new DamagedObjectError(`${where} is damaged: ${why}. Remove it, and run again: it is computed anew.`, { cause });

async function readIndex(source: Source, object: StoredObject, known: Tail): Promise<SegmentIndex> {
  const { start, end } = indexRange(object);
  const bytes =
    start >= known.from ? known.bytes.subarray(start - known.from, end - known.from) : await source.read(start, end);
  // Up to the index it is sections.
  const index = parseIndex(bytes, start);
  for (const entry of index.sections) sumsOfEntry(entry);
  return index;
}

interface Request {
  start: number;
  end: number;
  sections: IndexEntry[];
}

/** Neighbours are read together. The start is always a section's, so it stays a multiple of 8. */
function coalesce(wanted: readonly IndexEntry[]): Request[] {
  const requests: Request[] = [];
  for (const section of [...wanted].sort((a, b) => a[1] - b[1])) {
    const [, offset, length] = section;
    const last = requests.at(-1);
    if (last && offset - last.end <= GAP_BYTES && offset + length - last.start <= MAX_READ_BYTES) {
      last.end = Math.max(last.end, offset + length);
      last.sections.push(section);
    } else {
      requests.push({ start: offset, end: offset + length, sections: [section] });
    }
  }
  return requests;
}

const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % ALIGNMENT === 0 ? bytes : new Uint8Array(bytes));
