/**
 * The records (`core-records.ts`) in the object of a shard.
 *
 * The object has two sections for each client and kind. `records` is sorted by bucket, so that consecutive buckets are one
 * range. `offsets`, (B + 1, 2) doubles, has the number of records and of bytes before each of the *B* buckets.
 */
import { bytesOf, doublesIn, viewOf } from '../../shared/columns/bytes.ts';
import type { SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Kind, RecordBytes, Records } from './core-records.ts';

/** Adds all records of a shard. The offsets are last, so that a reader gets them together with the index of the object. */
export function addRecords(
  writer: SegmentWriter,
  all: readonly (readonly [client: string, kind: Kind, records: Records])[],
): void {
  const laidOut = all.map(([client, kind, records]) => ({ client, kind, ...records.laidOut() }));
  for (const { client, kind, pieces } of laidOut) writer.add(sectionName(client, kind, 'records'), pieces);
  for (const { client, kind, offsets } of laidOut) writer.add(sectionName(client, kind, 'offsets'), bytesOf(offsets));
}

/** Reads the records of the buckets `from` (inclusive) to `to` (exclusive); undefined if the object has none of the client. */
export async function readRecords(
  file: SegmentFile,
  client: string,
  kind: Kind,
  from: number,
  to: number,
): Promise<RecordBytes | undefined> {
  const section = (name: string) => sectionName(client, kind, name);
  if (!file.has(section('offsets'))) return undefined;
  const offsets = doublesIn(await file.read(section('offsets'), { start: 16 * from, end: 16 * (to + 1) }));
  const [first, start] = [offsets[0]!, offsets[1]!];
  const bytes = await file.read(section('records'), { start, end: offsets.at(-1)! });
  return {
    offsets: offsets.map((offset, at) => offset - (at % 2 === 0 ? first : start)),
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    view: viewOf(bytes),
  };
}

/** No two clients share a section, because a client's name has no slash. */
const sectionName = (client: string, kind: Kind, name: string): string => `${client}/${kind}/${name}`;
