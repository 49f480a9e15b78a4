/**
 * The kernel from records to grouped actions: it collects and repairs user ids and orders the parts. It begins with records by
 * bucket, because the lines must be parsed to make records.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { ActionCollector, type Collected } from '../../../functions/group-actions/core-collect.ts';
import { orderPart } from '../../../functions/group-actions/core-order.ts';
import {
  type Kind,
  nextRecord,
  type RecordBytes,
  type Records,
  TEXT,
  TIME,
  USER,
} from '../../../functions/group-actions/core-records.ts';
import { repair, Sightings } from '../../../functions/group-actions/core-repair.ts';
import { DayTally } from '../../../functions/group-actions/core-tally.ts';
import { addRecords, readRecords } from '../../../functions/group-actions/stored-records.ts';
import { LineSplitter } from '../../../shared/lines/line-splitter.ts';
import { TEXT_END } from '../../../shared/model/action-texts.ts';
import { bucketsOfPart, partCount } from '../../../shared/shuffle/parts.ts';
import { type SegmentFile, SegmentWriter } from '../../../shared/store/segments.ts';
import { filesIn } from '../files.ts';
import { CLIENT, DAY } from '../places.ts';
import type { Kernel } from './kernel.ts';
import { segmentsIn } from './segments.ts';

/** The number of buckets of a run with a gigabyte of text. The output does not depend on it. */
const BUCKETS = 256;
const NO_NAME = 'null';

export const kernel: Kernel = async ({ folder }) => {
  const { actions, pending } = collect(folder);
  const parts = partCount(actions.length + pending.length);
  const known = await byPart(await inMemory(actions, 'action'), parts);
  const unknown = await all(await inMemory(pending, 'pending'), 'pending');
  return async function* () {
    const seen = await all(await inMemory(sightingsIn(known).records(BUCKETS), 'sighting'), 'sighting');
    const { records, dropped } = repair([unknown], [seen], BUCKETS, new DayTally(DAY));
    if (partCount(actions.length + pending.length - dropped) !== parts)
      throw new RangeError('actions dropped make a part less');
    const repaired = await byPart(await inMemory(records, 'action'), parts);
    for (let part = 0; part < parts; part++) {
      yield* orderPart(CLIENT, [known[part]!, repaired[part]!], part, parts);
    }
  };
};

/** Returns the ids that users are seen with, which the step `scan` collects while it reads. */
function sightingsIn(parts: readonly RecordBytes[]): Sightings {
  const sightings = new Sightings();
  for (const { bytes, view } of parts) {
    for (let at = 0; at < view.byteLength; at = nextRecord(view, at)) {
      const start = bytes.indexOf(TEXT_END, at + TEXT) + 1;
      const end = bytes.indexOf(TEXT_END, start);
      if (end - start === NO_NAME.length && bytes.toString('latin1', start, end) === NO_NAME) continue;
      sightings.add(view, start, end, view.getFloat64(at + USER, true), view.getFloat64(at + TIME, true));
    }
  }
  return sightings;
}

function collect(folder: string): Collected {
  const collector = new ActionCollector({ buckets: BUCKETS, day: DAY, singleClient: undefined });
  for (const path of filesIn(folder, '.gz')) {
    const splitter = new LineSplitter(collector.sink(path));
    splitter.push(gunzipSync(readFileSync(path)));
    splitter.finish();
  }
  return collector.clients.get(CLIENT)!;
}

function inMemory(records: Records, kind: Kind): Promise<SegmentFile> {
  const writer = new SegmentWriter();
  addRecords(writer, [[CLIENT, kind, records]]);
  return segmentsIn(writer.finish());
}

const all = async (file: SegmentFile, kind: Kind): Promise<RecordBytes> =>
  (await readRecords(file, CLIENT, kind, 0, BUCKETS)) as RecordBytes;

/** Returns, for each part, the records of the buckets of its users. */
const byPart = (file: SegmentFile, parts: number): Promise<RecordBytes[]> =>
  Promise.all(
    Array.from({ length: parts }, async (_, part) => {
      const { from, to } = bucketsOfPart(part, parts, BUCKETS);
      return (await readRecords(file, CLIENT, 'action', from, to)) as RecordBytes;
    }),
  );
