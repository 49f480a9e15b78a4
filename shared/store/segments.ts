/**
 * Segment files: the objects that shards write. A segment file consists of named sections.
 *
 *   [section][padding][section][padding] … [index: JSON][its CRC-32: u32][its length: u32, little-endian]["SEG2"]
 *
 * The index is `{version, sections: [[name, offset, length, count, checksums], …], meta}`, with offsets and lengths in bytes.
 * Sections start at multiples of 8, so that a typed array can be a view of a section. For example, a section `ids` of 12 bytes
 * and a section `values` of 8:
 *
 *   0…12 ids   12…16 zeros   16…24 values   24… {"version":2,"sections":[["ids",0,12,3,"…"],["values",16,8,2,"…"]],"meta":null}
 *
 * A reader gets the index with one request for the object's end, and then reads only the sections that it needs. Small sections
 * at the end come with the index, so the last sections should be those that tell which parts of the others to read. All bytes
 * are compared with the checksums of their blocks (`block-sums.ts`), so a reader gets the bytes that were written, or an error.
 */
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { type OnDamage, SegmentFile, type Source } from './segment-file.ts';
import { indexRange, parseIndex, SegmentDamage, type SegmentIndex, sumsOfEntry } from './segment-index.ts';
import type { Tail } from './segment-reads.ts';
import type { Store, StoredObject } from './store.ts';

export { type OnDamage, SegmentFile, type SegmentPiece, type Source } from './segment-file.ts';
export { type SegmentBody, SegmentWriter } from './segment-writer.ts';

/** The bytes that opening a file reads first. Most indexes, and many whole files, are shorter, so one request is enough. */
export const FIRST_READ_BYTES: number = 64 * 1024;

/**
 * Opens the segment file under a key, with one request if its index is below 64 KiB, else with two. All reads are of the same
 * version of the object.
 *
 * @param onDamage makes the error for a file that is torn, has another form or was changed, now or when it is read later;
 *   by default a DamagedObjectError
 * @throws MissingObjectError, and the error that `onDamage` makes
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
    error instanceof MissingObjectError ? await damaged('it was removed after it was opened', error) : error;
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
  // All bytes before the index are sections.
  const index = parseIndex(bytes, start);
  for (const entry of index.sections) sumsOfEntry(entry);
  return index;
}
