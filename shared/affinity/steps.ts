/**
 * The steps and the publication of jobs that find the features of items (dimensions, tags) to which a user is drawn more than
 * all users together.
 *
 *   collect ─► count ─► total ─► select ─► write ─► publish       the shards of the steps: inputs, buckets, 1, buckets, 1
 *
 * `select` compares each user with the global shares, and these follow from the counts of all users. Therefore `total` comes
 * between `count` and `select`. All sums are of integers, so they are the same for any number of shards.
 */
import {
  catalogueCounts,
  catalogueLines,
  dimensionsFile,
  openCatalogue,
  readFeaturesOf,
  readLabels,
  readWritten,
} from '../catalogue/snapshot.ts';
import { bytesOf } from '../columns/bytes.ts';
import { narrowed, narrowIn } from '../columns/narrow.ts';
import { defined } from '../defined.ts';
import type { AnyStep, DayOutput, MapStep, OutputFile, Run, Shard } from '../job/job.ts';
import { readCounts, rejectedFile } from '../job/rejects.ts';
import type { JsonValue } from '../json.ts';
import type { ActionRuns } from '../shuffle/action-runs.ts';
import type { BucketRange } from '../shuffle/buckets.ts';
import { noteExcluded, readExcluded } from '../shuffle/excluded-users.ts';
import { groupRuns } from '../shuffle/join-runs.ts';
import {
  type ActionSettings,
  collectStep,
  readActionRuns,
  userBucketCount,
  userShards,
} from '../shuffle/user-actions.ts';
import { ColumnTable } from '../store/column-table.ts';
import { partName } from '../store/keys.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../store/segments.ts';
import { addToTotals, countFeatures, numberItems, type Totals, type UserFeatureCounts } from './feature-counts.ts';
import { type AffinityLines, affinityJudging } from './judge.ts';
import { readSizes, Selection, selectionLines } from './selection.ts';

/**
 * Two of the columns of `UserFeatureCounts`, *U users*. The other three are narrow columns (`columns/narrow.ts`), which follow
 * them as sections.
 */
const USERS = new ColumnTable({
  users: Float64Array, // (U)
  starts: Uint32Array, // (U + 1)
});

/** The sums over all users, *F features*. The other fields of `Totals` are in the meta. */
const TOTALS = new ColumnTable({ counts: Float64Array }); // (F)

/** Reason → the number of users that a rule leaves out. The numbers are added over all shards, for the manifest. */
export type SelectCounts = Readonly<Record<string, number>>;

/** A job's rule. `L` is the type of the catalogue's labels, which name features. */
export interface Affinity<C, L> {
  /** Returns the least number of actions, of any item. Users with fewer actions are left out everywhere. */
  readonly minActions: (settings: C) => number;
  /**
   * Adds the features to which each user is drawn: users ascending, and the features of a user in the order of the output.
   *
   * @param written for each feature 1 if it may be written, and 0 otherwise; undefined if all may
   * @returns the number of users that are left out, by reason, with the same reasons for every shard
   */
  readonly select: (
    counts: UserFeatureCounts,
    totals: Totals,
    settings: C,
    selection: Selection,
    written: Uint8Array | undefined,
  ) => SelectCounts;
  /** Returns the least number of users of a feature. Features with fewer users are dropped. */
  readonly minUsers: (settings: C) => number;
  /** Returns the text of a line. */
  readonly line: (user: number, label: L, weight: number) => string;
}

const oneShard = async () => [{}];

/** The meta of an object of `total`. */
type TotalMeta = { readonly contributions: number; readonly tagged: number };

/** The meta of an object of `select`. */
type SelectMeta = { readonly leftOut: SelectCounts; readonly notFinite: number };

/**
 * Returns the steps of a job, its publication and its verdict. The publication has the one file that the server reads,
 * `_dimensions.json` if dimensions were numbered, and a sample of rejected lines if there are any.
 *
 * @param lines the form of the lines, which the verdict checks
 */
export function affinitySteps<C extends ActionSettings, L>(job: Affinity<C, L>, lines: AffinityLines<C, L>) {
  const collecting = collectStep<C>('collect', () => ({ columns: ['items'] }));
  const counting: MapStep<C, BucketRange, null> = {
    kind: 'map',
    name: 'count',
    memoryMb: 1769,
    timeoutSeconds: 900,
    shards: (run) => userShards(run, collecting),
    run: async (run, range) => {
      const { runs, excludedUsers } = await readActionRuns(run, collecting, range);
      return count(run, runs, job.minActions(run.settings), excludedUsers);
    },
  };
  const totalling: MapStep<C, Shard, TotalMeta> = {
    kind: 'map',
    name: 'total',
    memoryMb: 1769,
    timeoutSeconds: 900,
    shards: oneShard,
    run: async (run) => total(run, await run.work.openAll(counting)),
  };
  const selecting: MapStep<C, Shard, SelectMeta> = {
    kind: 'map',
    name: 'select',
    memoryMb: 1769,
    timeoutSeconds: 900,
    follows: [counting],
    shards: async (run) => (await run.work.shards(counting)).map(() => ({})),
    run: async (run, { index }) => {
      const counts = await readUserCounts(await run.work.open(counting, index));
      return select(run, counts, await readTotals(await run.work.open(totalling, 0)), job);
    },
  };
  const writing: MapStep<C> = {
    kind: 'map',
    name: 'write',
    memoryMb: 1769,
    timeoutSeconds: 900,
    publishes: true,
    shards: oneShard,
    run: async (run) => write(run, await run.work.openAll(selecting), job),
  };
  const publish = async (run: Run<C>): Promise<DayOutput> => {
    const collected = await run.work.openAll(collecting);
    const catalogue = await openCatalogue(run);
    const files: OutputFile[] = [
      { name: partName(0), pieces: [{ key: run.work.key(writing, 0) }] },
      ...dimensionsFile(catalogue),
      ...rejectedFile([...collected, catalogue]),
    ];
    const counted = await run.work.openAll(counting);
    const { lines, rejected, forgotten } = readCounts(collected);
    const selected = await run.work.openAll(selecting);
    const sizes = await readSizes(selected, catalogueCounts(catalogue).features);
    const least = job.minUsers(run.settings);
    const excludedUsers = await readExcluded(run, counting);
    const counts = defined<Record<string, JsonValue>>({
      lines,
      rejected,
      forgotten,
      users: counted.reduce((sum, file) => sum + file.count('users'), 0),
      excludedUsers,
      ...leftOutIn(selected.map(({ meta }) => meta)),
      written: sizes.reduce((sum, size) => sum + (size < least ? 0 : size), 0),
      notFinite: selected.reduce((sum, { meta }) => sum + meta.notFinite, 0),
      catalogue: { ...catalogueCounts(catalogue), ...catalogueLines(catalogue) },
    });
    return { files, counts };
  };
  const steps: AnyStep<C>[] = [collecting, counting, totalling, selecting, writing];
  return { steps, publish, judge: affinityJudging(selecting, lines) };
}

async function count(
  run: Run<unknown>,
  runs: readonly ActionRuns[],
  minActions: number,
  excludedUsers: number | undefined,
): Promise<SegmentBody<null>> {
  const { ids: users, starts, columns } = groupRuns(runs, userBucketCount(run));
  const { index, numbers } = numberItems(columns.get('items') ?? new Float64Array());
  const catalogue = await openCatalogue(run);
  const features = await readFeaturesOf(catalogue, index);
  const counts = countFeatures({ users, starts }, numbers, features, catalogueCounts(catalogue).features, minActions);
  const writer = new SegmentWriter();
  USERS.write(writer, counts);
  for (const name of ['tagged', 'features', 'counts'] as const) writer.add(name, bytesOf(narrowed(counts[name])));
  noteExcluded(writer, excludedUsers);
  return writer.finish();
}

async function readUserCounts(file: SegmentFile): Promise<UserFeatureCounts> {
  const { users, starts } = await USERS.read(file, 'users', 'starts');
  const [tagged, features, counts] = await file.readMany(['tagged', 'features', 'counts']);
  const entries = starts.at(-1)!;
  return {
    users,
    starts,
    tagged: narrowIn(tagged, users.length),
    features: narrowIn(features, entries),
    counts: narrowIn(counts, entries),
  };
}

async function total(run: Run<unknown>, counted: readonly SegmentFile[]): Promise<SegmentBody<TotalMeta>> {
  const { features } = catalogueCounts(await openCatalogue(run));
  let totals: Totals = { counts: new Float64Array(features), contributions: 0, tagged: 0 };
  // One shard after another, because the counts of one shard may fill the memory.
  for (const file of counted) totals = addToTotals(totals, await readUserCounts(file));
  const writer = new SegmentWriter();
  TOTALS.write(writer, totals);
  return writer.finish({ contributions: totals.contributions, tagged: totals.tagged });
}

async function readTotals(summed: SegmentFile<TotalMeta>): Promise<Totals> {
  return { ...(await TOTALS.read(summed, 'counts')), ...summed.meta };
}

async function select<C, L>(
  run: Run<C>,
  counts: UserFeatureCounts,
  totals: Totals,
  job: Affinity<C, L>,
): Promise<SegmentBody<SelectMeta>> {
  const selection = new Selection(totals.counts.length);
  const leftOut = job.select(counts, totals, run.settings, selection, await readWritten(await openCatalogue(run)));
  return selection.finish({ leftOut, notFinite: selection.notFinite });
}

async function write<C, L>(
  run: Run<C>,
  selected: readonly SegmentFile[],
  job: Affinity<C, L>,
): Promise<AsyncIterable<Uint8Array>> {
  const labels = await readLabels<L>(await openCatalogue(run));
  const sizes = await readSizes(selected, labels.length);
  const least = job.minUsers(run.settings);
  return selectionLines(selected, (user, feature, weight) =>
    sizes[feature]! < least ? undefined : job.line(user, labels[feature]!, weight),
  );
}

/** Returns the number of users that the rule left out, by reason, over all shards. */
function leftOutIn(metas: readonly SelectMeta[]): SelectCounts {
  const sums: Record<string, number> = {};
  for (const { leftOut } of metas) {
    for (const [reason, users] of Object.entries(leftOut)) sums[reason] = (sums[reason] ?? 0) + users;
  }
  return sums;
}
