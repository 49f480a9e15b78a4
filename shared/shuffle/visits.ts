/**
 * Jobs that cut each user's actions into visits and write a line of item ids for each: their steps and their publication.
 *
 *   collect ─► cut ─► order ─► publish          shards: of the inputs, of the buckets, of the parts
 */
import { READING_GROWTH } from '../job/inputs.ts';
import type { Publication, Run, Shard, Step } from '../job/job.ts';
import { readCounts, rejectedFile } from '../job/rejects.ts';
import { dayFolder } from '../store/keys.ts';
import { lineCounts, orderPart, partFiles, partShards } from './line-parts.ts';
import {
  actionShards,
  bucketShards,
  bucketsOf,
  type CollectOptions,
  collectActions,
  readUserActions,
  type UserActions,
} from './user-actions.ts';
import { UserLines } from './user-lines.ts';

export interface Visits<C> {
  /** The actions that visits are made of. */
  readonly actions: (settings: C) => CollectOptions;
  /** Adds a line for every visit of every user. */
  readonly cut: (actions: UserActions, settings: C, lines: UserLines) => void;
}

export function visitSteps<C extends { readonly maxRejectRatio: number }>({ actions, cut }: Visits<C>): Step<C>[] {
  const resources = { memoryMb: 1769, timeoutSeconds: 900 };
  return [
    {
      kind: 'map',
      name: 'collect',
      ...resources,
      growth: READING_GROWTH,
      shards: actionShards,
      run: (run, shard) => collectActions(run, shard, actions(run.settings)),
    },
    {
      kind: 'map',
      name: 'cut',
      ...resources,
      shards: (run) => bucketShards(run, 'collect'),
      run: async (run, shard) => cutShard(run, shard, cut),
    },
    {
      kind: 'map',
      name: 'order',
      ...resources,
      publishes: true,
      shards: (run) => partShards(run, 'cut'),
      run: (run, shard) => orderPart(run, 'cut', shard),
    },
  ];
}

async function cutShard<C>(run: Run<C>, shard: Shard, cut: Visits<C>['cut']) {
  const lines = new UserLines(bucketsOf(run));
  cut(await readUserActions(run, 'collect', shard), run.settings, lines);
  return lines.finish();
}

/**
 * The parts, and a sample of rejected lines if there are any. @param folder the job folder written
 * @param visits what the counts call a line
 */
export const visitPublication =
  (folder: string, visits: string) =>
  async (run: Run<unknown>): Promise<Publication> => {
    const collected = await run.work.openAll('collect');
    const { lines: written, users } = lineCounts(await run.work.openAll('cut'));
    const { lines, rejected } = readCounts(collected);
    const files = [...(await partFiles(run, 'order')), ...rejectedFile(collected)];
    const counts = { lines, rejected, users, [visits]: written };
    return { folders: [{ prefix: dayFolder(run.client as string, folder, run.day), files, counts }] };
  };
