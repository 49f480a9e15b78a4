/**
 * Runs: the form of rows in a shuffle. A run is consecutive rows of the same id, and stores the id once. Grouped actions come
 * user by user, so runs are long.
 *
 *   users 7 and 3    ids      [7, 3]             (R)
 *   7: items 20, 10, 20   starts   [0, 3, 4]          (R + 1) run r's rows are starts[r] … starts[r + 1]
 *   3: item 10            items    [20, 10, 20, 10]   (N) and so every other column
 *
 * A shard's object has three sections:
 *
 *   rows      for each bucket its ids, starts and columns, each from a multiple of 8 bytes on, so that consecutive buckets
 *             are one range. Values take the fewest bytes that hold them all (`columns/narrow.ts`)
 *   columns   `items:4,types:1`: the names of the columns, and the bytes of a value
 *   buckets   (B + 1, 3) u32: the runs, the rows and the bytes (divided by 8) before each of the *B* buckets
 *
 * An id may have several runs, also in an object.
 */
import { bytesOf, doublesIn, integersIn } from '../columns/bytes.ts';
import { offsetsOf, orderBy } from '../columns/counting-sort.ts';
import { type NarrowColumn, narrowIn } from '../columns/narrow.ts';
import { ALIGNMENT } from '../store/segment-index.ts';
import type { SegmentFile, SegmentWriter } from '../store/segments.ts';
import { type BucketRange, bucketOfId } from './buckets.ts';

/** *R runs, N rows.* Ids may repeat, and may be in any order. */
export interface Runs<Name extends string = string> {
  readonly ids: Float64Array;
  readonly starts: Uint32Array;
  /** (N) each */
  readonly columns: ReadonlyMap<Name, NarrowColumn>;
}

/** An entry of `buckets`: three words. */
const WORDS = 3;
const [RUNS, ROWS, EIGHTS] = [0, 1, 2];
const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;
const ENTRY_BYTES = WORDS * WORD_BYTES;
const ID_BYTES = Float64Array.BYTES_PER_ELEMENT;

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/**
 * Adds the runs to a segment file, by bucket. The runs of a bucket keep their order. No large section should follow them, so
 * that the directory comes with the file's index.
 */
export function addRuns(writer: SegmentWriter, runs: Runs, buckets: number): void {
  const columns = [...runs.columns];
  const widths = columns.map(([, column]) => column.BYTES_PER_ELEMENT);
  const bucketOf = Uint32Array.from(runs.ids, (id) => bucketOfId(id, buckets));
  const offsets = offsetsOf(bucketOf, buckets);
  const order = orderBy(bucketOf, offsets);
  const directory = directoryOf(runs, offsets, order, widths);
  const bytes = new Uint8Array(directory[WORDS * buckets + EIGHTS]! * ALIGNMENT);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const own = order.subarray(offsets[bucket], offsets[bucket + 1]);
    if (own.length === 0) continue;
    const to = chunkIn(bytes, entryAt(directory, bucket), widths);
    writeRuns(runs, own, to.ids, to.starts);
    for (const [place, [, column]] of columns.entries()) {
      writeRows(column, runs.starts, own, to.columns[place]!);
    }
  }
  writer.add('rows', bytes);
  writer.add('columns', Buffer.from(columns.map(([name], place) => `${name}:${widths[place]}`).join(',')));
  writer.add('buckets', bytesOf(directory));
}

function directoryOf({ starts }: Runs, offsets: Uint32Array, order: Uint32Array, widths: readonly number[]) {
  const directory = new Uint32Array(WORDS * offsets.length);
  let [rows, bytes] = [0, 0];
  for (let bucket = 0; bucket < offsets.length; bucket++) {
    directory[WORDS * bucket + RUNS] = offsets[bucket]!;
    directory[WORDS * bucket + ROWS] = rows;
    directory[WORDS * bucket + EIGHTS] = bytes / ALIGNMENT;
    let own = 0;
    const end = offsets[bucket + 1] ?? 0;
    for (let at = offsets[bucket]!; at < end; at++) {
      const run = order[at]!;
      own += starts[run + 1]! - starts[run]!;
    }
    rows += own;
    bytes += chunkBytes(end - offsets[bucket]!, own, widths);
  }
  return directory;
}

/** Returns the bytes of a bucket's chunk; 0 when it has no run. */
function chunkBytes(runs: number, rows: number, widths: readonly number[]): number {
  if (runs <= 0) return 0;
  const columnBytes = widths.reduce((sum, width) => sum + padded(width * rows), 0);
  return ID_BYTES * runs + padded(WORD_BYTES * (runs + 1)) + columnBytes;
}

interface Entry {
  readonly runs: number;
  readonly rows: number;
  /** The offset of the bucket's chunk in bytes. */
  readonly at: number;
}

/** Returns the entry of a bucket, by its index in `directory`. */
function entryAt(directory: Uint32Array, place: number): Entry {
  const word = (which: number, bucket: number) => directory[WORDS * bucket + which]!;
  const between = (which: number) => word(which, place + 1) - word(which, place);
  return { runs: between(RUNS), rows: between(ROWS), at: word(EIGHTS, place) * ALIGNMENT };
}

/** Returns the arrays that a bucket's chunk consists of. @param bytes must begin at a multiple of 8 in their buffer */
function chunkIn(bytes: Uint8Array, { runs, rows, at }: Entry, widths: readonly number[]) {
  let start = at;
  const next = (length: number): Uint8Array => {
    const part = bytes.subarray(start, start + length);
    start += padded(length);
    return part;
  };
  const ids = doublesIn(next(ID_BYTES * runs));
  const starts = integersIn(next(WORD_BYTES * (runs + 1)));
  return { ids, starts, columns: widths.map((width) => narrowIn(next(width * rows), rows)) };
}

/** Writes the ids and starts of some runs. @param order the numbers of these runs, in their order */
function writeRuns({ ids, starts }: Runs, order: Uint32Array, toIds: Float64Array, toStarts: Uint32Array): void {
  for (let place = 0; place < order.length; place++) {
    const run = order[place]!;
    toIds[place] = ids[run]!;
    toStarts[place + 1] = toStarts[place]! + starts[run + 1]! - starts[run]!;
  }
}

function writeRows(column: NarrowColumn, starts: Uint32Array, order: Uint32Array, to: NarrowColumn): void {
  let next = 0;
  for (let place = 0; place < order.length; place++) {
    const run = order[place]!;
    const end = starts[run + 1]!;
    for (let row = starts[run]!; row < end; row++) to[next++] = column[row]!;
  }
}

/** Returns the number of rows of each bucket. (B) */
export async function readBucketSizes(file: SegmentFile): Promise<Uint32Array> {
  const directory = integersIn(await file.read('buckets'));
  return Uint32Array.from({ length: directory.length / WORDS - 1 }, (_, bucket) => entryAt(directory, bucket).rows);
}

/** Reads the runs of a range of buckets. The runs of each bucket are one list. */
async function readRuns<Name extends string>(file: SegmentFile, { from, to }: BucketRange): Promise<Runs<Name>[]> {
  const directory = integersIn(await file.read('buckets', { start: ENTRY_BYTES * from, end: ENTRY_BYTES * (to + 1) }));
  const columns = Buffer.from(await file.read('columns'))
    .toString('latin1')
    .split(',')
    .map((column) => column.split(':'));
  const widths = columns.map(([, width]) => Number(width));
  const [first, end] = [entryAt(directory, 0).at, entryAt(directory, to - from).at];
  const bytes = await file.read('rows', { start: first, end });
  const lists: Runs<Name>[] = [];
  for (let bucket = 0; bucket < to - from; bucket++) {
    const entry = entryAt(directory, bucket);
    if (entry.runs === 0) continue;
    const { ids, starts, columns: own } = chunkIn(bytes, { ...entry, at: entry.at - first }, widths);
    lists.push({ ids, starts, columns: new Map(own.map((column, place) => [columns[place]?.[0] as Name, column])) });
  }
  return lists;
}

/** Reads the runs of a range of buckets from all files, in the order of the files. */
export async function readAllRuns<Name extends string>(
  files: readonly SegmentFile[],
  range: BucketRange,
): Promise<Runs<Name>[]> {
  return (await Promise.all(files.map((file) => readRuns<Name>(file, range)))).flat();
}
