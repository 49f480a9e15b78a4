/**
 * Segment files: what a shard writes, one object holding named sections.
 *
 *   [section][padding][section][padding] … [index: JSON][length of the index: u32, little-endian]["SEG1"]
 *
 * The index is `{version, sections: [[name, offset, length, count], …], meta}`, offsets and lengths in bytes. Sections
 * start at multiples of 8, so that a typed-array view of a section needs no copy. For example, a section `ids` of 12 bytes
 * and a section `values` of 8:
 *
 *   0…12 ids   12…16 zeros   16…24 values   24… {"version":1,"sections":[["ids",0,12,3],["values",16,8,2]],"meta":null}
 *
 * A reader takes the index with one request for the object's end, then only the sections that it needs. Small sections at
 * the end come with the index: put there what tells which parts of the others are wanted.
 */
import type { JsonValue } from '../json.ts';
import { concatBytes } from './body.ts';
import {
  ALIGNMENT,
  corruptSegments as corrupt,
  encodeIndex,
  type IndexEntry,
  indexRange,
  paddingAfter,
  parseIndex,
  type SegmentIndex,
} from './segment-index.ts';
import type { Body, Store } from './store.ts';

/** Most indexes, and many whole files, are shorter: then one request is enough. */
export const FIRST_READ_BYTES: number = 64 * 1024;
/** Files up to this size are handed over in one piece: one copy is cheaper than many small writes. */
const ONE_PIECE_BYTES = 4 * 1024 * 1024;
/** Reading over so many bytes that nobody wants is cheaper than another request. */
const GAP_BYTES = 64 * 1024;
/** But one request takes no more than this, where there is a choice. */
const MAX_READ_BYTES = 32 * 1024 * 1024;

/** Collects sections in memory; their order in the file is that in which they were added. */
export class SegmentWriter {
  readonly #chunks: Uint8Array[] = [];
  readonly #sections: IndexEntry[] = [];
  readonly #names = new Set<string>();
  #size = 0;

  /**
   * The bytes are kept, not copied: leave them as they are until the body is written.
   * @param count how many records the section holds, for readers that want to know before they read
   * @throws RangeError for a name that is taken
   */
  add(name: string, bytes: Uint8Array | readonly Uint8Array[], count = 0): void {
    if (this.#names.has(name)) throw new RangeError(`a segment file has one section '${name}', not two`);
    this.#names.add(name);
    const chunks = bytes instanceof Uint8Array ? [bytes] : bytes;
    const length = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    this.#sections.push([name, this.#size, length, count]);
    for (const chunk of chunks) this.#append(chunk);
    this.#append(new Uint8Array(paddingAfter(length)));
  }

  /** The whole file, to be given to `Store.put`. */
  finish(meta: JsonValue = null): Body {
    const chunks = [...this.#chunks, encodeIndex({ sections: this.#sections, meta })];
    return this.#size <= ONE_PIECE_BYTES ? concatBytes(chunks) : chunks;
  }

  #append(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
  }
}

/** An opened segment file: its index in memory, its sections still in the store. */
export class SegmentFile {
  /** Where it lies in its store. */
  readonly key: string;
  readonly meta: JsonValue;
  readonly #read: (start: number, end: number) => Promise<Uint8Array>;
  readonly #sections: ReadonlyMap<string, IndexEntry>;
  readonly #where: string;
  /** The whole sections that have come with the index. */
  readonly #tail: Tail;

  /**
   * @param read the file's bytes from `start` to `end` (exclusive) @param known the bytes that have been read, from where on
   * Use `openSegments`.
   */
  constructor(
    where: string,
    key: string,
    index: SegmentIndex,
    known: Tail,
    read: (start: number, end: number) => Promise<Uint8Array>,
  ) {
    this.key = key;
    this.meta = index.meta;
    this.#where = where;
    this.#read = read;
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

  /** As given to `SegmentWriter.add`. @throws CorruptInputError where there is no such section */
  count(name: string): number {
    return this.#section(name)[3];
  }

  /** Where a section lies in the object, in bytes: `end` exclusive. @throws CorruptInputError as `count` */
  locate(name: string): { readonly start: number; readonly end: number } {
    const [, offset, length] = this.#section(name);
    return { start: offset, end: offset + length };
  }

  /**
   * A section's bytes, or those from `start` to `end` (exclusive) of it, at a multiple of 8 in their `ArrayBuffer`.
   * @throws CorruptInputError where there is no such section; as `Store.get` (PreconditionFailedError: the file was
   * replaced since it was opened)
   */
  async read(name: string, part?: { readonly start: number; readonly end: number }): Promise<Uint8Array> {
    const section = this.locate(name);
    const start = section.start + (part?.start ?? 0);
    const end = part === undefined ? section.end : section.start + part.end;
    if (end > section.end) throw new RangeError(`section '${name}' ends before byte ${part?.end}`);
    return this.#bytes(start, end);
  }

  /**
   * Several sections with as few requests as is sensible, in the order of `names`. They may share one `ArrayBuffer`.
   * @throws as `read`
   */
  async readMany<const Names extends readonly string[]>(names: Names): Promise<{ [Place in keyof Names]: Uint8Array }> {
    const wanted = names.map((name) => this.#section(name));
    const found = new Map<string, Uint8Array>();
    for (const { start, end, sections } of coalesce(wanted)) {
      const bytes = await this.#bytes(start, end);
      for (const [name, offset, length] of sections)
        found.set(name, bytes.subarray(offset - start, offset - start + length));
    }
    return names.map((name) => found.get(name) as Uint8Array) as { [Place in keyof Names]: Uint8Array };
  }

  async #bytes(start: number, end: number): Promise<Uint8Array> {
    if (start === end) return new Uint8Array();
    const { from, bytes: known } = this.#tail;
    if (start >= from) return aligned(known.subarray(start - from, end - from));
    const bytes = aligned(await this.#read(start, end));
    if (bytes.byteLength !== end - start) throw corrupt(this.#where, 'it ends in the middle of a section');
    return bytes;
  }

  #section(name: string): IndexEntry {
    const section = this.#sections.get(name);
    if (!section) throw corrupt(this.#where, `it has no section '${name}'`);
    return section;
  }
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
 * of one version of the object. @throws MissingObjectError, CorruptInputError (torn, or no segment file)
 */
export async function openSegments(store: Store, key: string): Promise<SegmentFile> {
  const where = `${store.root}/${key}`;
  const end = await store.get(key, { range: { start: -FIRST_READ_BYTES } });
  const { info } = end;
  const known = { from: end.size - end.bytes.byteLength, bytes: end.bytes };
  const { start: indexAt, end: indexEnd } = indexRange(where, end);
  const read = async (from: number, to: number) =>
    (await store.get(key, { unchangedSince: info, range: { start: from, end: to } })).bytes;
  const bytes =
    indexAt >= known.from
      ? end.bytes.subarray(indexAt - known.from, indexEnd - known.from)
      : await read(indexAt, indexEnd);
  return new SegmentFile(where, key, parseIndex(where, bytes, indexAt), known, read);
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
