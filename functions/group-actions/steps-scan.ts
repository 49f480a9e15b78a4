/** `scan` turns a shard of the logs into records by client and bucket, with counts and with the rejected lines. */
import { forgottenInRun } from '../../shared/forget/forgotten-of-run.ts';
import { Handoff } from '../../shared/handoff.ts';
import { type InputShard, planInputShards, sourcesOf, weightOfAll } from '../../shared/job/inputs.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { RejectLimit } from '../../shared/job/reject-limit.ts';
import type { ReadCounts } from '../../shared/job/reject-words.ts';
import { readLines } from '../../shared/lines/read-lines.ts';
import { type SegmentBody, SegmentWriter } from '../../shared/store/segments.ts';
import { ActionCollector, type ClientCounts } from './core-collect.ts';
import type { DayCounts } from './core-days.ts';
import type { GroupingRun, GroupingSettings } from './settings.ts';
import { pairRecords } from './stored-pairs.ts';
import { addRecords } from './stored-records.ts';
import { addTallies } from './stored-tallies.ts';
import { waysOutOfRejects } from './ways-out.ts';

/** The bytes of text that one shard reads: a few seconds of work. A little less than half of it stays in memory. */
const SHARD_BYTES = 128 << 20;
/**
 * A shard of a large input may read up to this many times `SHARD_BYTES`, because each shard of the next steps opens the objects
 * of all shards.
 */
const SCAN_GROWTH = 4;
/** The bytes of text for each bucket of the shuffle. */
const BUCKET_BYTES = 4 << 20;
const MAX_BUCKETS = 4096;
/** An input with at most this many rejects is read to its end. That is quick, and an error then says the exact share. */
const FEW_REJECTS = 10_000;
const FEW_REJECTED_BYTES = 1 << 20;

/** The counts of one client in a shard. */
type ScannedClient = ClientCounts & {
  readonly client: string;
  /** The number of actions whose user id is known. */
  readonly known: number;
  /** The number of actions without a user id, which `repair` looks up. */
  readonly pending: number;
  /** The bytes of the records of both. */
  readonly bytes: number;
  /** The bytes of the records of pairs, if ids are assigned. */
  readonly pairBytes?: number;
};

export type ScanMeta = ReadCounts & {
  /** The first rejects, each a line of JSON, for an error to show. */
  readonly firstRejects: readonly string[];
  readonly days: DayCounts;
  /** Some of the clients in the logs, by name, if a single client was asked for; else empty. */
  readonly others: readonly string[];
  /** In the order of the clients' names. */
  readonly clients: readonly ScannedClient[];
};

/** The number of hash buckets of the shuffle. The output does not depend on it. */
export const recordBucketCount = (run: GroupingRun): number =>
  Math.min(MAX_BUCKETS, Math.ceil(weightOfAll(run.inputs) / BUCKET_BYTES));

export const scan: MapStep<GroupingSettings, InputShard, ScanMeta> = {
  kind: 'map',
  name: 'scan',
  memoryMb: 1769,
  timeoutSeconds: 900,
  growth: SCAN_GROWTH,
  shards: async (run) => planInputShards(run, SHARD_BYTES, SCAN_GROWTH),
  run: scanLogs,
};

async function scanLogs(run: GroupingRun, shard: InputShard): Promise<SegmentBody<ScanMeta>> {
  const { singleClient, ids } = run.settings;
  const forgotten = await forgottenInRun(run);
  const buckets = recordBucketCount(run);
  const collector = new ActionCollector({ buckets, day: run.day, singleClient, forgotten, ids });
  const { read, rejects } = collector;
  const limit = new RejectLimit(run, waysOutOfRejects(run.settings.ids));
  const handoff = new Handoff();
  const drain = () => {
    if (read.rejected > FEW_REJECTS || read.rejectedBytes > FEW_REJECTED_BYTES) limit.check(read, rejects.first);
    return rejects.isFull ? handoff.pause() : undefined;
  };
  const readAll = async () => {
    for (const source of sourcesOf(run.inputs, shard)) {
      await readLines(run.input, source, collector.sink(source.key, drain));
    }
  };
  const writer = new SegmentWriter();
  const reading = readAll();
  if (await handoff.nextPause(reading)) return writer.stream(chunks(), addAll);
  return writer.finish(addAll());

  /** Yields the rejects of a shard with many of them, which are written while the reading goes on. */
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      do {
        rejects.moveTo(writer);
        yield* writer.take();
        handoff.resume();
      } while (await handoff.nextPause(reading));
    } finally {
      handoff.cancel(reading);
    }
  }

  /** Adds all records and the remaining rejects, and returns the object's meta. */
  function addAll(): ScanMeta {
    const clients = [...collector.clients].sort(([a], [b]) => (a < b ? -1 : 1));
    rejects.moveAllTo(writer);
    addTallies(
      writer,
      clients.map(([client, { tally }]) => [client, tally]),
    );
    const pairs = pairRecords(clients, buckets);
    const pairBytes = (client: string): { pairBytes?: number } => {
      const own = pairs.filter(([name]) => name === client);
      return own.length === 0 ? {} : { pairBytes: own.reduce((sum, [, , { bytes }]) => sum + bytes, 0) };
    };
    addRecords(writer, [
      ...clients.flatMap(([client, { actions, pending, sightings }]) => [
        [client, 'action', actions] as const,
        ...(pending.length > 0 ? [[client, 'pending', pending] as const] : []),
        [client, 'sighting', sightings.records(buckets)] as const,
      ]),
      ...pairs,
    ]);
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
        ...pairBytes(client),
      })),
    };
  }
}
