/**
 * Jobs that find the features of items (dimensions, tags) to which a user is drawn more than users are on the whole: their
 * steps and their publication.
 *
 *   collect ─► count ─► total ─► select ─► write ─► publish       shards: of the inputs, of the buckets, 1, of the buckets, 1
 *
 * Whether a user is drawn to a feature needs the global shares, and those need every user's counts: so `total` stands
 * between. All sums are of integers, hence the same however they are sharded.
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
import { bytesOf, doublesIn, integersIn } from '../columns/bytes.ts';
import { narrowed, narrowIn } from '../columns/narrow.ts';
import { READING_GROWTH } from '../job/inputs.ts';
import type { Publication, Run, Shard, Step } from '../job/job.ts';
import { readCounts, rejectedFile } from '../job/rejects.ts';
import { groupRuns } from '../shuffle/runs.ts';
import { actionShards, bucketShards, bucketsOf, collectActions, readActionRuns } from '../shuffle/user-actions.ts';
import { dayFolder, partName } from '../store/keys.ts';
import { type SegmentFile, SegmentWriter } from '../store/segments.ts';
import type { Body } from '../store/store.ts';
import { addToTotals, countFeatures, numberItems, type Totals, type UserFeatureCounts } from './feature-counts.ts';
import { readSizes, Selection, selectionLines } from './selection.ts';

/** Users whom a rule leaves out, by reason: whole numbers that add up over shards, for the manifest. */
export type SelectCounts = Readonly<Record<string, number>>;

/** A job's rule. `L`: what its features are called by, as the catalogue's labels. */
export interface Affinity<C, L> {
  /** Users with fewer actions, of any item, count nowhere. */
  readonly minActions: (settings: C) => number;
  /**
   * Adds the features that each user is drawn to, users ascending, each user's features in the order of the output.
   * @param written for each feature whether it may be written; undefined: all
   * @returns how many users it leaves out, by reason; the same names for every shard
   */
  readonly select: (
    counts: UserFeatureCounts,
    totals: Totals,
    settings: C,
    selection: Selection,
    written: Uint8Array | undefined,
  ) => SelectCounts;
  /** Features with fewer users are dropped. */
  readonly minUsers: (settings: C) => number;
  /** The text of a line. */
  readonly line: (user: number, label: L, weight: number) => string;
}

const SIZE = { memoryMb: 1769, timeoutSeconds: 900 } as const;
const oneShard = async (): Promise<readonly Shard[]> => [{}];

export function affinitySteps<C extends { readonly maxRejectRatio: number }, L>(job: Affinity<C, L>): Step<C>[] {
  return [
    {
      kind: 'map',
      name: 'collect',
      ...SIZE,
      growth: READING_GROWTH,
      shards: actionShards,
      run: (run, shard) => collectActions(run, shard, { columns: ['items'] }),
    },
    {
      kind: 'map',
      name: 'count',
      ...SIZE,
      shards: (run) => bucketShards(run, 'collect'),
      run: (run, shard) => count(run, shard, job.minActions(run.settings)),
    },
    { kind: 'map', name: 'total', ...SIZE, shards: oneShard, run: total },
    {
      kind: 'map',
      name: 'select',
      ...SIZE,
      follows: ['count'],
      shards: async (run) => (await run.work.shards('count')).map(() => ({})),
      run: (run, shard) => select(run, shard, job),
    },
    {
      kind: 'map',
      name: 'write',
      ...SIZE,
      publishes: true,
      shards: oneShard,
      run: async (run) => write(run, job),
    },
  ];
}

async function count(run: Run<unknown>, shard: Shard, minActions: number): Promise<Body> {
  const { ids: users, starts, columns } = groupRuns(await readActionRuns(run, 'collect', shard), bucketsOf(run));
  const { index, numbers } = numberItems(columns.get('items') ?? new Float64Array());
  const catalogue = await openCatalogue(run);
  const features = await readFeaturesOf(catalogue, index);
  const counts = countFeatures({ users, starts }, numbers, features, catalogueCounts(catalogue).features, minActions);
  const writer = new SegmentWriter();
  writer.add('users', bytesOf(counts.users), counts.users.length);
  writer.add('starts', bytesOf(counts.starts));
  for (const name of ['tagged', 'features', 'counts'] as const) writer.add(name, bytesOf(narrowed(counts[name])));
  return writer.finish();
}

async function readUserCounts(file: SegmentFile): Promise<UserFeatureCounts> {
  const sections = await file.readMany(['starts', 'tagged', 'features', 'counts']);
  const starts = integersIn(sections[0]);
  const [users, entries] = [starts.length - 1, starts.at(-1)!];
  return {
    users: doublesIn(await file.read('users')),
    starts,
    tagged: narrowIn(sections[1], users),
    features: narrowIn(sections[2], entries),
    counts: narrowIn(sections[3], entries),
  };
}

async function total(run: Run<unknown>): Promise<Body> {
  const { features } = catalogueCounts(await openCatalogue(run));
  let totals: Totals = { counts: new Float64Array(features), contributions: 0, tagged: 0 };
  // One after another: a shard's counts are as much as fits.
  for (const file of await run.work.openAll('count')) totals = addToTotals(totals, await readUserCounts(file));
  const writer = new SegmentWriter();
  writer.add('counts', bytesOf(totals.counts));
  return writer.finish({ contributions: totals.contributions, tagged: totals.tagged });
}

async function select<C, L>(run: Run<C>, shard: Shard, job: Affinity<C, L>): Promise<Body> {
  const counts = await readUserCounts(await run.work.open('count', shard.index as number));
  const summed = await run.work.open('total', 0);
  const sums = summed.meta as { readonly contributions: number; readonly tagged: number };
  const totals: Totals = { counts: doublesIn(await summed.read('counts')), ...sums };
  const selection = new Selection(totals.counts.length);
  const leftOut = job.select(counts, totals, run.settings, selection, await readWritten(await openCatalogue(run)));
  return selection.finish({ leftOut, notFinite: selection.notFinite });
}

async function write<C, L>(run: Run<C>, job: Affinity<C, L>): Promise<Body> {
  const labels = await readLabels<L>(await openCatalogue(run));
  const selected = await run.work.openAll('select');
  const sizes = await readSizes(selected, labels.length);
  const least = job.minUsers(run.settings);
  return selectionLines(selected, (user, feature, weight) =>
    sizes[feature]! < least ? undefined : job.line(user, labels[feature]!, weight),
  );
}

/**
 * The one file that the serving reader opens, `_dimensions.json` where dimensions were numbered, and a sample of rejected
 * lines if there are any. @param folder the job folder written
 */
export const affinityPublication =
  <C, L>(folder: string, job: Affinity<C, L>) =>
  async (run: Run<C>): Promise<Publication> => {
    const collected = await run.work.openAll('collect');
    const catalogue = await openCatalogue(run);
    const files = [
      { name: partName(0), pieces: [{ key: run.work.key('write', 0) }] },
      ...dimensionsFile(catalogue),
      ...rejectedFile([...collected, catalogue]),
    ];
    const counted = await run.work.openAll('count');
    const { lines, rejected } = readCounts(collected);
    const selected = await run.work.openAll('select');
    const sizes = await readSizes(selected, catalogueCounts(catalogue).features);
    const least = job.minUsers(run.settings);
    const counts = {
      lines,
      rejected,
      users: counted.reduce((sum, file) => sum + file.count('users'), 0),
      ...leftOutIn(selected),
      written: sizes.reduce((sum, size) => sum + (size < least ? 0 : size), 0),
      notFinite: selected.reduce((sum, { meta }) => sum + (meta as { notFinite: number }).notFinite, 0),
      catalogue: { ...catalogueCounts(catalogue), ...catalogueLines(catalogue) },
    };
    return { folders: [{ prefix: dayFolder(run.client as string, folder, run.day), files, counts }] };
  };

/** The users whom the rule left out, by reason, over all shards. */
function leftOutIn(selected: readonly SegmentFile[]): SelectCounts {
  const sums: Record<string, number> = {};
  for (const { meta } of selected) {
    for (const [reason, users] of Object.entries((meta as { readonly leftOut: SelectCounts }).leftOut)) {
      sums[reason] = (sums[reason] ?? 0) + users;
    }
  }
  return sums;
}
