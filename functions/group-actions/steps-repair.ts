/** `repair`: pending actions meet the sightings of user ids, a range of buckets of the clients' own user ids a shard. */

import type { Shard } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { checkInput } from './checks.ts';
import { addRecords, type Kind, type RecordBytes, type Records, readRecords } from './core-records.ts';
import { repair } from './core-repair.ts';
import type { GroupingRun } from './settings.ts';
import { bucketsOf, scanMeta } from './steps-scan.ts';

/** Pending actions that one shard takes, about. */
const SHARD_RECORDS = 1_000_000;

export interface RepairMeta {
  readonly clients: readonly {
    readonly client: string;
    readonly repaired: number;
    readonly dropped: number;
    readonly bytes: number;
  }[];
}

/** At least one shard, which has nothing to do where no id is missing. @throws as `checkInput` */
export async function repairShards(run: GroupingRun): Promise<readonly Shard[]> {
  const scanned = await run.work.openAll('scan');
  await checkInput(run, scanned);
  const pending = scanned.flatMap((file) => scanMeta(file).clients).reduce((sum, client) => sum + client.pending, 0);
  const buckets = bucketsOf(run);
  const count = shardCount(run, pending, SHARD_RECORDS, 1, buckets);
  return Array.from({ length: count }, (_, part) => ({
    from: Math.floor((part * buckets) / count),
    to: Math.floor(((part + 1) * buckets) / count),
  }));
}

export async function repairIds(run: GroupingRun, shard: Shard): Promise<Body> {
  const { from, to } = shard as { from: number; to: number };
  const scanned = await run.work.openAll('scan');
  const writer = new SegmentWriter();
  const clients: RepairMeta['clients'][number][] = [];
  const actions: (readonly [client: string, kind: Kind, records: Records])[] = [];
  for (const client of clientsWithPending(scanned)) {
    const read = async (kind: Kind): Promise<RecordBytes[]> => {
      const columns = await Promise.all(scanned.map((file) => readRecords(file, client, kind, from, to)));
      return columns.filter((some) => some !== undefined);
    };
    const { records, repaired, dropped } = repair(await read('pending'), await read('sighting'), bucketsOf(run));
    actions.push([client, 'action', records]);
    clients.push({ client, repaired, dropped, bytes: records.bytes });
  }
  addRecords(writer, actions);
  return writer.finish({ clients });
}

function clientsWithPending(scanned: readonly SegmentFile[]): string[] {
  const clients = scanned.flatMap((file) => scanMeta(file).clients.filter(({ pending }) => pending > 0));
  return [...new Set(clients.map(({ client }) => client))].sort();
}
