/**
 * `repair` gives pending actions the user ids that were seen elsewhere. A shard is a range of buckets of the clients' own user
 * ids.
 */
import { defined } from '../../shared/defined.ts';
import { forgottenInRun } from '../../shared/forget/forgotten-of-run.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import { checkInput } from './checks.ts';
import type { Kind, RecordBytes, Records } from './core-records.ts';
import { repair as repairClient } from './core-repair.ts';
import { DayTally } from './core-tally.ts';
import type { GroupingRun, GroupingSettings } from './settings.ts';
import { recordBucketCount, type ScanMeta, scan } from './steps-scan.ts';
import { addRecords, readRecords } from './stored-records.ts';
import { addTallies } from './stored-tallies.ts';

/** The number of pending actions that one shard takes. */
const SHARD_RECORDS = 1_000_000;

/** The counts of the pending actions of one client in a shard's buckets. */
type RepairedClient = {
  readonly client: string;
  readonly repaired: number;
  readonly dropped: number;
  /** Absent when the client has no forgotten user. */
  readonly forgotten?: number;
  /** The bytes of the records of repaired actions. */
  readonly bytes: number;
};

export type RepairMeta = { readonly clients: readonly RepairedClient[] };

export const repair: MapStep<GroupingSettings, BucketRange, RepairMeta> = {
  kind: 'map',
  name: 'repair',
  memoryMb: 1769,
  timeoutSeconds: 900,
  shards: planRepair,
  run: repairIds,
};

/** Returns at least one shard, even if no id is missing. @throws as `checkInput` */
async function planRepair(run: GroupingRun): Promise<readonly BucketRange[]> {
  const scanned = await run.work.openAll(scan);
  await checkInput(run, scanned);
  const pending = scanned.flatMap(({ meta }) => meta.clients).reduce((sum, client) => sum + client.pending, 0);
  const buckets = recordBucketCount(run);
  const count = shardCount(run, pending, SHARD_RECORDS, 1, buckets);
  return Array.from({ length: count }, (_, part) => ({
    from: Math.floor((part * buckets) / count),
    to: Math.floor(((part + 1) * buckets) / count),
  }));
}

async function repairIds(run: GroupingRun, { from, to }: BucketRange): Promise<SegmentBody<RepairMeta>> {
  const scanned = await run.work.openAll(scan);
  const writer = new SegmentWriter();
  const clients: RepairedClient[] = [];
  const actions: (readonly [client: string, kind: Kind, records: Records])[] = [];
  const tallies: [client: string, tally: DayTally][] = [];
  const forgotten = await forgottenInRun(run);
  for (const client of clientsWithPending(scanned)) {
    const read = async (kind: Kind): Promise<RecordBytes[]> => {
      const columns = await Promise.all(scanned.map((file) => readRecords(file, client, kind, from, to)));
      return columns.filter((some) => some !== undefined);
    };
    const tally = new DayTally(run.day);
    const users = forgotten.get(client);
    const answer = repairClient(
      await read('pending'),
      await read('sighting'),
      recordBucketCount(run),
      tally,
      users && new Set(users),
    );
    const { records, repaired, dropped } = answer;
    tallies.push([client, tally]);
    actions.push([client, 'action', records]);
    const left = users === undefined ? undefined : answer.forgotten;
    clients.push(defined({ client, repaired, dropped, forgotten: left, bytes: records.bytes }));
  }
  addTallies(writer, tallies);
  addRecords(writer, actions);
  return writer.finish({ clients });
}

function clientsWithPending(scanned: readonly SegmentFile<ScanMeta>[]): string[] {
  const clients = scanned.flatMap(({ meta }) => meta.clients.filter(({ pending }) => pending > 0));
  return [...new Set(clients.map(({ client }) => client))].sort();
}
