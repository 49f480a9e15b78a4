/** Runs the core of the job in memory as its steps do, with any number of shards, buckets and parts. */
import { ActionCollector } from '../../../functions/group-actions/core-collect.ts';
import { orderPart } from '../../../functions/group-actions/core-order.ts';
import { pairLines, pairsOfPart } from '../../../functions/group-actions/core-pairs.ts';
import {
  ITEM,
  type Kind,
  nextRecord,
  type RecordBytes,
  type Records,
  TEXT,
  TIME,
  TYPE,
  USER,
} from '../../../functions/group-actions/core-records.ts';
import { repair } from '../../../functions/group-actions/core-repair.ts';
import { DayTally } from '../../../functions/group-actions/core-tally.ts';
import { type RejectText, rejectSections } from '../../../functions/group-actions/reject-text.ts';
import { pairRecords } from '../../../functions/group-actions/stored-pairs.ts';
import { addRecords, readRecords } from '../../../functions/group-actions/stored-records.ts';
import { addTallies, readTallies } from '../../../functions/group-actions/stored-tallies.ts';
import { LineSplitter } from '../../../shared/lines/line-splitter.ts';
import { ID_KINDS } from '../../../shared/model/assigned-id.ts';
import type { DayFigures } from '../../../shared/model/day-figures.ts';
import type { IdWay } from '../../../shared/model/text-ids.ts';
import { bucketsOfPart } from '../../../shared/shuffle/parts.ts';
import { type SegmentFile, SegmentWriter } from '../../../shared/store/segments.ts';
import { openInMemory } from '../../helpers/segment-file.ts';
import type { LogFile } from '../../reference/group-actions.ts';
import { DAY } from './hostile-logs.ts';

export interface ShardingOptions {
  readonly buckets: number;
  /** The number of shards of the repair. */
  readonly repairs: number;
  readonly recordsAPart: number;
  readonly singleClient?: string | undefined;
  readonly ids?: IdWay;
  /** Client → users whose actions are left out. */
  readonly forgotten?: ReadonlyMap<string, ReadonlySet<number>> | undefined;
}

export interface GroupedInShards {
  readonly parts: Map<string, string[]>;
  /** Client → the text of each part of its pairs, if ids are assigned. */
  readonly pairs: Map<string, string[]>;
  readonly figures: Map<string, DayFigures>;
  /** The numbers of lines read, rejected, of other days, repaired, dropped and forgotten, by client. */
  readonly counts: Map<string, readonly number[]>;
  /** The number of all lines and of all rejected lines. */
  readonly totals: readonly [number, number];
  readonly rejects: string;
}

/** Writes the sections of `write` as a segment file and opens it. */
export async function segmentFile(write: (writer: SegmentWriter) => void): Promise<SegmentFile> {
  const writer = new SegmentWriter();
  write(writer);
  return openInMemory(writer.finish());
}

/** Returns the rejected lines in the object of a shard. */
export async function rejectsIn(rejects: RejectText): Promise<string> {
  const file = await segmentFile((writer) => rejects.moveAllTo(writer));
  const sections = await Promise.all(rejectSections(file).map((section) => file.read(section)));
  return Buffer.concat(sections).toString('utf8');
}

/** Returns records as plain values. */
export function rowsOf({ offsets, bytes, view }: RecordBytes): { numbers: number[]; text: string }[] {
  const rows: { numbers: number[]; text: string }[] = [];
  for (let at = 0, end = 0; at < view.byteLength; at = end) {
    end = nextRecord(view, at);
    rows.push({
      numbers: [USER, TIME, ITEM, TYPE].map((field) => view.getFloat64(at + field, true)),
      text: bytes.toString('utf8', at + TEXT, end),
    });
  }
  const count = offsets.at(-2);
  if (rows.length !== count) throw new Error(`${rows.length} records instead of ${count}`);
  return rows;
}

/** Returns the result of `readRecords` for records of one client and kind that were written in one bucket. */
export async function readBack(records: Records): Promise<RecordBytes> {
  const file = await segmentFile((writer) => addRecords(writer, [['shop', 'action', records]]));
  return (await readRecords(file, 'shop', 'action', 0, 1))!;
}

/** Collects the lines of plain files. */
export function collect(
  files: readonly LogFile[],
  buckets: number,
  singleClient?: string,
  forgotten?: ShardingOptions['forgotten'],
  ids: IdWay = 'given',
): ActionCollector {
  const collector = new ActionCollector({ buckets, day: DAY, singleClient, forgotten: listsOf(forgotten), ids });
  for (const { name, bytes } of files) {
    const splitter = new LineSplitter(collector.sink(name));
    splitter.push(bytes);
    splitter.finish();
  }
  return collector;
}

const listsOf = (forgotten: ShardingOptions['forgotten'] = new Map()): Map<string, Float64Array> =>
  new Map([...forgotten].map(([client, users]) => [client, Float64Array.from(users).sort()]));

export async function groupInShards(
  shards: readonly (readonly LogFile[])[],
  { buckets, repairs, recordsAPart, singleClient, forgotten, ids }: ShardingOptions,
  collectShard: typeof collect | ((...of: Parameters<typeof collect>) => Promise<ActionCollector>) = collect,
): Promise<GroupedInShards> {
  const collectors = await Promise.all(
    shards.map((files) => collectShard(files, buckets, singleClient, forgotten, ids)),
  );
  const scanned = await Promise.all(
    collectors.map(({ clients }) =>
      segmentFile((writer) => {
        const all = [...clients].flatMap(([client, { actions, pending, sightings }]) => [
          [client, 'action', actions] as const,
          [client, 'pending', pending] as const,
          [client, 'sighting', sightings.records(buckets)] as const,
        ]);
        addRecords(writer, [...all, ...pairRecords(clients, buckets)]);
      }),
    ),
  );
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const parts = new Map<string, string[]>();
  const pairs = new Map<string, string[]>();
  const counts = new Map<string, readonly number[]>();
  const figures = new Map<string, DayFigures>();
  for (const client of new Set(collectors.flatMap(({ clients }) => [...clients.keys()]))) {
    const own = collectors.flatMap(({ clients }) => clients.get(client) ?? []);
    const cuts = Array.from({ length: repairs + 1 }, (_, at) => Math.floor((at * buckets) / repairs));
    const repaired = await Promise.all(
      cuts.slice(1).map(async (to, at) => {
        const of = (kind: Kind) => columnsIn(scanned, client, kind, cuts[at]!, to);
        const tally = new DayTally(DAY);
        return { ...repair(await of('pending'), await of('sighting'), buckets, tally, forgotten?.get(client)), tally };
      }),
    );
    const whole = await Promise.all(
      repaired.map(({ records }) => segmentFile((writer) => addRecords(writer, [[client, 'action', records]]))),
    );
    const written = sum(own.map(({ actions }) => actions.length)) + sum(repaired.map((some) => some.records.length));
    const count = 1 + Math.floor(written / recordsAPart);
    const texts: string[] = [];
    const pairTexts: string[] = [];
    for (let part = 0; part < count; part++) {
      const { from, to } = bucketsOfPart(part, count, buckets);
      const columns = await columnsIn([...scanned, ...whole], client, 'action', from, to);
      texts.push(Buffer.concat([...orderPart(client, columns, part, count)]).toString('utf8'));
      const lines = ID_KINDS.map(async (kind) => {
        const records = await columnsIn(scanned, client, kind, from, to);
        return pairLines(kind, pairsOfPart(kind, records, part, count)).toString('utf8');
      });
      pairTexts.push((await Promise.all(lines)).join(''));
    }
    if (written > 0) {
      parts.set(client, texts);
      if (ids === 'assign') pairs.set(client, pairTexts);
      const tallied = await Promise.all(
        [...own, ...repaired].map(({ tally }) => segmentFile((writer) => addTallies(writer, [[client, tally]]))),
      );
      for await (const tally of readTallies(tallied, [client], DAY)) figures.set(client, tally.result().figures);
    }
    counts.set(client, [
      sum(own.map(({ counts }) => counts.read)),
      sum(own.map(({ counts }) => counts.rejected)),
      sum(own.map(({ counts }) => counts.otherDays)),
      sum(repaired.map((some) => some.repaired)),
      sum(own.map(({ counts }) => counts.nameless)) + sum(repaired.map((some) => some.dropped)),
      sum(own.map(({ counts }) => counts.forgotten ?? 0)) + sum(repaired.map((some) => some.forgotten)),
    ]);
  }
  return {
    parts,
    pairs,
    figures,
    counts,
    totals: [sum(collectors.map(({ read }) => read.lines)), sum(collectors.map(({ read }) => read.rejected))],
    rejects: (await Promise.all(collectors.map(({ rejects }) => rejectsIn(rejects)))).join(''),
  };
}

async function columnsIn(
  files: readonly SegmentFile[],
  client: string,
  kind: Kind,
  from: number,
  to: number,
): Promise<RecordBytes[]> {
  const columns = await Promise.all(files.map((file) => readRecords(file, client, kind, from, to)));
  return columns.filter((some) => some !== undefined);
}
