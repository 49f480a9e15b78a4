/** The end of a segment file: its index, and how to find it. The format is drawn in `segments.ts`. */
import { CorruptInputError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { StoredObject } from './store.ts';

const VERSION = 1;
const MAGIC = 'SEG1';
/** Length of the index, and the magic. */
const TRAILER_BYTES = 8;

/** Sections start at multiples of this: the largest element of a typed array. */
export const ALIGNMENT = 8;

/** Offset and length in bytes. */
export type IndexEntry = readonly [name: string, offset: number, length: number, count: number];

export interface SegmentIndex {
  readonly sections: readonly IndexEntry[];
  readonly meta: JsonValue;
}

/** Index and trailer, as they stand at the end of the file. */
export function encodeIndex({ sections, meta }: SegmentIndex): Uint8Array {
  const index = Buffer.from(JSON.stringify({ version: VERSION, sections, meta }), 'utf8');
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(index.byteLength);
  trailer.write(MAGIC, 4, 'latin1');
  return Buffer.concat([index, trailer]);
}

/** Where the index lies in the object, by the trailer at the end of the bytes given. @throws CorruptInputError */
export function indexRange(where: string, { bytes, size }: StoredObject): { start: number; end: number } {
  if (bytes.byteLength < TRAILER_BYTES) throw corruptSegments(where, `it has only ${size} bytes`);
  const trailer = Buffer.from(bytes.subarray(bytes.byteLength - TRAILER_BYTES));
  if (trailer.toString('latin1', 4) !== MAGIC) throw corruptSegments(where, `it does not end in ${MAGIC}`);
  const end = size - TRAILER_BYTES;
  const start = end - trailer.readUInt32LE();
  if (start < 0) throw corruptSegments(where, 'its index would be longer than the object');
  return { start, end };
}

/** @param dataBytes length of all sections with their padding, which they must fill. @throws CorruptInputError */
export function parseIndex(where: string, bytes: Uint8Array, dataBytes: number): SegmentIndex {
  let index: unknown;
  try {
    index = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw corruptSegments(where, 'its index is no JSON', error);
  }
  if (!isIndex(index)) throw corruptSegments(where, `its index is none of version ${VERSION}`);
  let end = 0;
  for (const [name, offset, length] of index.sections) {
    if (offset !== end || length < 0) {
      throw corruptSegments(where, `section '${name}' would lie at ${offset} with ${length} bytes`);
    }
    end += length + paddingAfter(length);
  }
  if (end !== dataBytes) throw corruptSegments(where, `it holds ${dataBytes} bytes of sections, not ${end}`);
  return index;
}

/** Zeros after a section of so many bytes, up to where the next one starts. */
export const paddingAfter = (length: number): number => (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;

function isIndex(value: unknown): value is SegmentIndex {
  if (typeof value !== 'object' || value === null || !('meta' in value)) return false;
  if (!('version' in value) || value.version !== VERSION) return false;
  return 'sections' in value && Array.isArray(value.sections) && value.sections.every(isIndexEntry);
}

function isIndexEntry(value: unknown): value is IndexEntry {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [name, ...numbers] = value as unknown[];
  return typeof name === 'string' && numbers.every(Number.isSafeInteger);
}

export const corruptSegments = (where: string, why: string, cause?: unknown): CorruptInputError =>
  new CorruptInputError(
    `${where} is no whole segment file: ${why}. Remove it, and run again: it is computed anew.`,
    cause === undefined ? {} : { cause },
  );
