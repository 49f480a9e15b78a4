/** `scan`: a shard of the logs into records by client and bucket, with what was counted and rejected. */
import { Handoff } from '../../shared/handoff.ts';
import { type InputShard, planInputShards, sourcesOf, weightOfAll } from '../../shared/job/inputs.ts';
import type { Shard } from '../../shared/job/job.ts';
import { RejectLimit } from '../../shared/job/reject-limit.ts';
import type { ReadCounts } from '../../shared/job/reject-words.ts';
import { readLines } from '../../shared/lines/read-lines.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { ActionCollector, type ClientCounts } from './core-collect.ts';
import type { DayCounts } from './core-days.ts';
import { addRecords } from './core-records.ts';
import type { GroupingRun } from './settings.ts';

/** Text that one shard reads, bytes: a few seconds of work. Somewhat less than half of it stays in memory. */
const SHARD_BYTES = 128 << 20;
/** Times that a shard may hold more, of a large input: each shard of the next steps opens the objects of all. */
export const SCAN_GROWTH = 4;
/** Text that one bucket of the shuffle stands for, bytes. */
const BUCKET_BYTES = 4 << 20;
const MAX_BUCKETS = 4096;
/** An input with no more than these is read to its end in no time, and its exact share says more. */
const FEW_REJECTS = 10_000;
const FEW_REJECTED_BYTES = 1 << 20;

/** By client name. */
export interface ScanMeta extends ReadCounts {
  /** Lines of JSON, for an error to show. */
  readonly firstRejects: readonly string[];
  readonly days: DayCounts;
  /** Some of the clients met, by name, where one was asked for. */
  readonly others: readonly string[];
  readonly clients: readonly (ClientCounts & {
    readonly client: string;
    readonly known: number;
    readonly pending: number;
    readonly bytes: number;
  })[];
}

export const scanMeta = (file: SegmentFile): ScanMeta => file.meta as unknown as ScanMeta;

/** How finely the shuffle is cut; the output does not depend on it. */
export const bucketsOf = (run: GroupingRun): number =>
  Math.min(MAX_BUCKETS, Math.ceil(weightOfAll(run.inputs) / BUCKET_BYTES));

export const scanShards = async (run: GroupingRun): Promise<readonly Shard[]> =>
  planInputShards(run, SHARD_BYTES, SCAN_GROWTH);

export async function scan(run: GroupingRun, shard: Shard): Promise<Body> {
  const { singleClient } = run.settings;
  const collector = new ActionCollector({ buckets: bucketsOf(run), day: run.day, singleClient });
  const { read, rejects } = collector;
  const limit = new RejectLimit(run, '--max-reject-ratio');
  const handoff = new Handoff();
  const drain = () => {
    if (read.rejected > FEW_REJECTS || read.rejectedBytes > FEW_REJECTED_BYTES) limit.check(read, rejects.first);
    return rejects.isFull ? handoff.pause() : undefined;
  };
  const readAll = async () => {
    for (const source of sourcesOf(run.inputs, shard as unknown as InputShard)) {
      await readLines(run.input, source, collector.sink(source.key, drain));
    }
  };
  const writer = new SegmentWriter();
  const reading = readAll();
  if (await handoff.nextPause(reading)) return streamed();
  return writer.finish(addAll());

  /** The same object where there are many rejects: they are written while the reading goes on. */
  async function* streamed(): AsyncGenerator<Uint8Array> {
    try {
      do {
        rejects.moveTo(writer);
        yield* writer.take();
        handoff.resume();
      } while (await handoff.nextPause(reading));
      yield* writer.end(addAll());
    } finally {
      handoff.cancel(reading);
    }
  }

  /** Adds what has been collected; returns the object's meta. */
  function addAll() {
    const clients = [...collector.clients].sort(([a], [b]) => (a < b ? -1 : 1));
    rejects.moveAllTo(writer);
    addRecords(
      writer,
      clients.flatMap(([client, { actions, pending, sightings }]) => [
        [client, 'action', actions] as const,
        ...(pending.length > 0 ? [[client, 'pending', pending] as const] : []),
        [client, 'sighting', sightings.records(bucketsOf(run))] as const,
      ]),
    );
    return {
      ...read.counts(),
      firstRejects: rejects.first,
      days: collector.days.counts(),
      others: singleClient === undefined ? [] : collector.someClients,
      clients: clients.map(([client, { counts, actions, pending }]) => ({
        client,
        ...counts,
        known: actions.length,
        pending: pending.length,
        bytes: actions.bytes + pending.bytes,
      })),
    };
  }
}
