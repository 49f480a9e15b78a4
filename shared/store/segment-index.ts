/** The index at the end of a segment file, and its trailer. `segments.ts` shows the format. */
import { crc32 } from 'node:zlib';
import type { JsonValue } from '../json.ts';
import { BlockSums } from './block-sums.ts';
import type { StoredObject } from './store.ts';

const VERSION = 2;
const MAGIC = 'SEG2';
/** The trailer is the checksum, the length of the index, and the magic. */
const TRAILER_BYTES = 12;
const LENGTH_AT = 4;
const MAGIC_AT = 8;

/** Sections start at multiples of this number, the bytes of the largest element of a typed array. */
export const ALIGNMENT = 8;

/** Offset and length are in bytes; `sums` are the checksums as `sumsOf` (`block-sums.ts`) writes them. */
export type IndexEntry = readonly [name: string, offset: number, length: number, count: number, sums: string];

export interface SegmentIndex {
  readonly sections: readonly IndexEntry[];
  readonly meta: JsonValue;
}

/** The reason why an object is not a whole segment file. */
export class SegmentDamage extends Error {
  override name = 'SegmentDamage';
}

/** Returns the index and the trailer, the last bytes of the file. */
export function encodeIndex({ sections, meta }: SegmentIndex): Uint8Array {
  const index = Buffer.from(JSON.stringify({ version: VERSION, sections, meta }), 'utf8');
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(index.byteLength, LENGTH_AT);
  trailer.write(MAGIC, MAGIC_AT, 'latin1');
  trailer.writeUInt32LE(checksum(index, trailer));
  return Buffer.concat([index, trailer]);
}

/** Returns the checksum of the index and its length. */
const checksum = (index: Uint8Array, trailer: Buffer): number =>
  crc32(trailer.subarray(LENGTH_AT, MAGIC_AT), crc32(index));

/** Returns the range of index and trailer in the object, from the bytes at its end. @throws SegmentDamage */
export function indexRange({ bytes, size }: StoredObject): { start: number; end: number } {
  if (bytes.byteLength < TRAILER_BYTES) throw new SegmentDamage(`it has only ${size} bytes`);
  const trailer = Buffer.from(bytes.subarray(bytes.byteLength - TRAILER_BYTES));
  if (trailer.toString('latin1', MAGIC_AT) !== MAGIC) throw new SegmentDamage(`it does not end in ${MAGIC}`);
  const start = size - TRAILER_BYTES - trailer.readUInt32LE(LENGTH_AT);
  if (start < 0) throw new SegmentDamage('its index would be longer than the object');
  return { start, end: size };
}

/**
 * Parses the index.
 *
 * @param bytes index and trailer
 * @param dataBytes the bytes of all sections with their padding
 * @throws SegmentDamage when the index is damaged, or its sections do not fill `dataBytes`
 */
export function parseIndex(bytes: Uint8Array, dataBytes: number): SegmentIndex {
  const encoded = bytes.subarray(0, bytes.byteLength - TRAILER_BYTES);
  const trailer = Buffer.from(bytes.subarray(encoded.byteLength));
  if (checksum(encoded, trailer) !== trailer.readUInt32LE()) throw new SegmentDamage('its index has another checksum');
  const index = parseJson(encoded);
  if (!isIndex(index)) throw new SegmentDamage(`its index is not one of version ${VERSION}`);
  let end = 0;
  for (const [name, offset, length] of index.sections) {
    if (offset !== end || length < 0) {
      throw new SegmentDamage(`section '${name}' would lie at ${offset} with ${length} bytes`);
    }
    end += length + paddingAfter(length);
  }
  if (end !== dataBytes) throw new SegmentDamage(`it holds ${dataBytes} bytes of sections, not ${end}`);
  return index;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new SegmentDamage('its index is not JSON', { cause: error });
  }
}

/** Returns the checksums of a section. @throws SegmentDamage when they are not as many as its blocks */
export function sumsOfEntry([name, , length, , sums]: IndexEntry): BlockSums {
  try {
    return new BlockSums(sums, length);
  } catch (error) {
    throw new SegmentDamage(`section '${name}' has no checksums of its length`, { cause: error });
  }
}

/** Returns the number of zeros between a section of `length` bytes and the start of the next one. */
export const paddingAfter = (length: number): number => (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;

function isIndex(value: unknown): value is SegmentIndex {
  if (typeof value !== 'object' || value === null || !('meta' in value)) return false;
  if (!('version' in value) || value.version !== VERSION) return false;
  return 'sections' in value && Array.isArray(value.sections) && value.sections.every(isIndexEntry);
}

function isIndexEntry(value: unknown): value is IndexEntry {
  if (!Array.isArray(value) || value.length !== 5) return false;
  const [name, offset, length, count, sums] = value as unknown[];
  return typeof name === 'string' && [offset, length, count].every(Number.isSafeInteger) && typeof sums === 'string';
}
