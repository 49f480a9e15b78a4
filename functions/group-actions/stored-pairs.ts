/**
 * The pairs of ids and texts in the objects of `order`. A part of pairs has two sections, `<client>/user/<part>` and
 * `<client>/item/<part>`: lines by ascending id, with their number. Together they are a file of the folder `ids`. If the
 * settings ask for it, a third section, `<client>/parquet/<part>`, is the same as a file of another format.
 */

import type { OutputFile } from '../../shared/job/job.ts';
import { gzipped } from '../../shared/lines/gzip.ts';
import { ID_KINDS, type IdKind } from '../../shared/model/assigned-id.ts';
import { IDS } from '../../shared/model/id-pairs.ts';
import { bucketsOfPart } from '../../shared/shuffle/parts.ts';
import { partName } from '../../shared/store/keys.ts';
import type { SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import { ParquetTable } from '../../shared/tables/parquet-table.ts';
import type { Table } from '../../shared/tables/table.ts';
import { TableRows } from '../../shared/tables/table-rows.ts';
import type { Collected } from './core-collect.ts';
import { pairLines, pairsOfPart, textOf } from './core-pairs.ts';
import type { RecordBytes, Records } from './core-records.ts';
import type { GroupingRun } from './settings.ts';
import { readRecords } from './stored-records.ts';

/** The id of no user. Lines with a text that has this id are rejected, and so the text makes no pair. */
const NO_USER = 0;

/** Returns the records of the pairs that a shard met, for the shuffle. There are none if the ids are given. */
export const pairRecords = (
  clients: Iterable<readonly [client: string, collected: Collected]>,
  buckets: number,
): (readonly [client: string, kind: IdKind, records: Records])[] =>
  [...clients].flatMap(([client, { assigned, forgotten = [] }]) => {
    if (assigned === undefined) return [];
    const users = assigned.users.records(buckets, new Set([NO_USER, ...forgotten]));
    return [[client, 'user', users] as const, [client, 'item', assigned.items.records(buckets)] as const];
  });

/** Part `part` of a client's `parts`. */
export interface PairsPart {
  readonly client: string;
  readonly part: number;
  readonly parts: number;
}

/** Adds the sections of a part of pairs. @param buckets of the shuffle @throws IdCollisionError */
export async function addPairs(
  writer: SegmentWriter,
  run: GroupingRun,
  scanned: readonly SegmentFile[],
  { client, part, parts }: PairsPart,
  buckets: number,
): Promise<void> {
  const range = bucketsOfPart(part, parts, buckets);
  const table = new TableRows(PAIRS);
  const hasParquet = run.settings.idsFormats.includes('parquet');
  for (const kind of ID_KINDS) {
    const records: RecordBytes[] = [];
    for (const file of scanned) {
      const some = await readRecords(file, client, kind, range.from, range.to);
      if (some !== undefined) records.push(some);
    }
    const pairs = pairsOfPart(kind, records, part, parts);
    const lines = [pairLines(kind, pairs)];
    writer.add(sectionName(client, kind, part), run.settings.gzipOutput ? await gzipped(lines) : lines, pairs.length);
    if (hasParquet) for (const pair of pairs) table.add(kind, pair.id, textOf(pair));
  }
  if (!hasParquet) return;
  const chunks: Uint8Array[] = [];
  const file = new ParquetTable(PAIRS, (bytes) => void chunks.push(bytes));
  await file.write(table.batch());
  await file.finish();
  writer.add(sectionName(client, 'parquet', part), chunks);
}

/** The table of the Parquet file. */
const PAIRS: Table = {
  name: IDS,
  columns: [
    { name: 'kind', type: 'string' },
    { name: 'id', type: 'int64' },
    { name: 'text', type: 'string' },
  ],
};

/** Returns the files of a part of pairs, and the numbers of its users and items. */
export function pairsFiles(
  file: SegmentFile,
  run: GroupingRun,
  { client, part }: PairsPart,
): { readonly files: readonly OutputFile[]; readonly counts: Readonly<Record<'users' | 'items', number>> } {
  const sections = ID_KINDS.map((kind) => sectionName(client, kind, part));
  const [users, items] = sections.map((section) => file.count(section));
  const files: OutputFile[] = [
    { name: partName(part, run.settings.gzipOutput), pieces: sections.map((section) => file.piece(section)) },
  ];
  if (run.settings.idsFormats.includes('parquet')) {
    files.push({ name: parquetName(part), pieces: [file.piece(sectionName(client, 'parquet', part))] });
  }
  return {
    files,
    counts: { users: users!, items: items! },
  };
}

/** `ids-00007.parquet`, beside `part-00007`. */
const parquetName = (part: number): string => `${partName(part).replace('part', IDS)}.parquet`;

/** Actions have sections `<client>/<part>`, so no two sections have one name. */
const sectionName = (client: string, kind: IdKind | 'parquet', part: number): string => `${client}/${kind}/${part}`;
