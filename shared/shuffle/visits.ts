import { defined } from '../defined.ts';
import type { AnyStep, DayOutput, MapStep, Run } from '../job/job.ts';
import { readCounts, rejectedFile } from '../job/rejects.ts';
import type { BucketRange } from './buckets.ts';
import { readExcluded } from './excluded-users.ts';
import { lineCounts, orderPart, type PartShard, partFiles, partShards } from './line-parts.ts';
import {
  type ActionSettings,
  type CollectOptions,
  collectStep,
  readUserActions,
  type UserActions,
  userBucketCount,
  userShards,
} from './user-actions.ts';
import { type LinesMeta, UserLines } from './user-lines.ts';

export interface Visits<C> {
  /** The actions that visits are made of. */
  readonly actions: (settings: C) => CollectOptions;
  /** Adds a line for every visit of every user. */
  readonly cut: (actions: UserActions, settings: C, lines: UserLines) => void;
  /** The name of the number of lines among the manifest's counts: `sessions`. */
  readonly visits: string;
}

/** The steps of a job, and its publication: the parts, and a sample of rejected lines if there are any. */
export function visitSteps<C extends ActionSettings>({ actions, cut, visits }: Visits<C>) {
  const collecting = collectStep('collect', actions);
  const cutting: MapStep<C, BucketRange, LinesMeta> = {
    kind: 'map',
    name: 'cut',
    memoryMb: 1769,
    timeoutSeconds: 900,
    shards: (run) => userShards(run, collecting),
    run: async (run, range) => {
      const lines = new UserLines(userBucketCount(run));
      const actions = await readUserActions(run, collecting, range);
      cut(actions, run.settings, lines);
      return lines.finish(actions.excludedUsers);
    },
  };
  const ordering: MapStep<C, PartShard> = {
    kind: 'map',
    name: 'order',
    memoryMb: 1769,
    timeoutSeconds: 900,
    publishes: true,
    shards: (run) => partShards(run, cutting),
    run: (run, part) => orderPart(run, cutting, part),
  };
  const publish = async (run: Run<C>): Promise<DayOutput> => {
    const collected = await run.work.openAll(collecting);
    const { lines: written, users } = lineCounts(await run.work.openAll(cutting));
    const excludedUsers = await readExcluded(run, cutting);
    const { lines, rejected, forgotten } = readCounts(collected);
    const files = [...(await partFiles(run, ordering)), ...rejectedFile(collected)];
    return { files, counts: defined({ lines, rejected, forgotten, users, excludedUsers, [visits]: written }) };
  };
  const steps: AnyStep<C>[] = [collecting, cutting, ordering];
  return { steps, publish };
}
