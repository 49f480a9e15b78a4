/**
 * `tally` computes the statistics of ranges of items. `choose` makes the catalogue of all known items, and chooses the test
 * users.
 */

import { Growable } from '../../shared/columns/growable.ts';
import type { IdIndex } from '../../shared/columns/id-index.ts';
import { placesOf } from '../../shared/evaluation/places-of.ts';
import type { MapStep } from '../../shared/job/job.ts';
import type { Shard } from '../../shared/job/shard.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { groupRuns } from '../../shared/shuffle/join-runs.ts';
import { readAllRuns } from '../../shared/shuffle/runs.ts';
import { rowsByBucket, userBucketCount } from '../../shared/shuffle/user-actions.ts';
import { shardsByWeight } from '../../shared/shuffle/weighted-shards.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, SegmentWriter } from '../../shared/store/segments.ts';
import { type Catalogue, catalogueOf, UserChoice } from './core-choose.ts';
import type { ItemColumn } from './core-split.ts';
import { tallyItems } from './core-tally.ts';
import { endOf, trainingDaysOf } from './days.ts';
import type { EvaluationRun, EvaluationSettings } from './settings.ts';
import { SPLIT, split } from './steps-read.ts';

/** Positive actions of one shard of items: a second of work, and about 30 bytes of memory each. */
const SHARD_ROWS = 4_000_000;

/** *I items of a shard.* */
const TALLY = new ColumnTable({
  ids: Float64Array, // (I) in layout order
  popularity: Float64Array, // (I)
  recent: Float64Array, // (I)
});

export const tally: MapStep<EvaluationSettings, BucketRange, null> = {
  kind: 'map',
  name: 'tally',
  memoryMb: 1769,
  timeoutSeconds: 900,
  shards: async (run) => shardsByWeight(run, await rowsByBucket(run, await run.work.openAll(split)), SHARD_ROWS),
  run: async (run, range) => {
    const runs = await readAllRuns<ItemColumn>(await run.work.openAll(split), range);
    const endMs = endOf(trainingDaysOf(run.settings, run.day));
    const writer = new SegmentWriter();
    TALLY.write(writer, tallyItems(groupRuns(runs, userBucketCount(run)), endMs));
    return writer.finish();
  },
};

/** The catalogue, and the test users. *I known items, U test users, T tests.* */
const CHOSEN = new ColumnTable({
  items: Float64Array, // (I) ids, ascending
  byPopularity: Uint32Array, // (I) see `Catalogue`
  byRecency: Uint32Array, // (I)
  users: Float64Array, // (U) ids in layout order
  slices: Uint8Array, // (U) see `slicesOf`
  metCounts: Uint32Array, // (U) items that the user met in training
  testStarts: Uint32Array, // (U + 1)
  tests: Uint32Array, // (T) indexes of known items, ascending
});

/** Pairs as in `EvaluationFacts`; `training`: pairs of a user and an item in training. */
export type ChosenMeta = {
  readonly users: number;
  readonly items: number;
  readonly pairs: { readonly all: number; readonly repeat: number; readonly unknownItem: number };
  readonly training: number;
};

/** It has one shard, because the test users are chosen among all. It holds the catalogue, and one object of `split` at a time. */
export const choose: MapStep<EvaluationSettings, Shard, ChosenMeta> = {
  kind: 'map',
  name: 'choose',
  memoryMb: 3008,
  timeoutSeconds: 900,
  shards: async () => [{}],
  run: chooseUsers,
};

async function chooseUsers(run: EvaluationRun): Promise<SegmentBody<ChosenMeta>> {
  const tallied = await run.work.openAll(tally);
  const catalogue = catalogueOf(
    await Promise.all(tallied.map((file) => TALLY.read(file, 'ids', 'popularity', 'recent'))),
  );
  const known = placesOf(catalogue.items);
  const files = await run.work.openAll(split);
  const choice = new UserChoice(run.settings.seed, run.settings.testUsers);
  const pairs = { all: 0, repeat: 0, unknownItem: 0 };
  let training = 0;
  for (const file of files) {
    const { users, testStarts, tests } = await SPLIT.read(file, 'users', 'testStarts', 'tests');
    for (const [user, id] of users.entries()) {
      const asked = tests.subarray(testStarts[user], testStarts[user + 1]);
      const count = knownPlaces(asked, known).length;
      pairs.unknownItem += asked.length - count;
      if (count > 0) choice.add(id);
    }
    pairs.all += file.meta.pairs;
    pairs.repeat += file.meta.repeats;
    training += file.meta.training;
  }
  const chosen = choice.chosen();
  const columns = new ChosenColumns();
  for (const file of files) {
    const table = await SPLIT.read(file, 'users', 'slices', 'metStarts', 'testStarts', 'tests');
    for (const [user, id] of table.users.entries()) {
      if (!chosen.has(id)) continue;
      const asked = table.tests.subarray(table.testStarts[user], table.testStarts[user + 1]);
      const met = table.metStarts[user + 1]! - table.metStarts[user]!;
      columns.add(id, table.slices[user]!, met, knownPlaces(asked, known));
    }
  }
  const writer = new SegmentWriter();
  CHOSEN.write(writer, { ...catalogue, ...columns.table() });
  return writer.finish({ users: chosen.size, items: catalogue.items.length, pairs, training });
}

/** Returns the places of the ids that are known, in the order of the ids. */
function knownPlaces(ids: Float64Array, known: IdIndex): number[] {
  const places: number[] = [];
  for (const id of ids) {
    const place = known.get(id);
    if (place >= 0) places.push(place);
  }
  return places;
}

/** Collects the users' columns of `CHOSEN`. */
class ChosenColumns {
  readonly #users = new Growable(Float64Array);
  readonly #slices = new Growable(Uint8Array);
  readonly #metCounts = new Growable(Uint32Array);
  readonly #testStarts = new Growable(Uint32Array);
  readonly #tests = new Growable(Uint32Array);

  add(user: number, slices: number, met: number, tests: readonly number[]): void {
    this.#users.push(user);
    this.#slices.push(slices);
    this.#metCounts.push(met);
    this.#testStarts.push(this.#tests.length);
    for (const item of tests) this.#tests.push(item);
  }

  table() {
    this.#testStarts.push(this.#tests.length);
    return {
      users: this.#users.view(),
      slices: this.#slices.view(),
      metCounts: this.#metCounts.view(),
      testStarts: this.#testStarts.view(),
      tests: this.#tests.view(),
    };
  }
}

/** Reads the sizes of what was chosen. */
export const readChosenMeta = async (run: EvaluationRun): Promise<ChosenMeta> => (await run.work.open(choose, 0)).meta;

export const readCatalogue = async (run: EvaluationRun): Promise<Catalogue> =>
  CHOSEN.read(await run.work.open(choose, 0), 'items', 'byPopularity', 'byRecency');

/** Returns the number of items that each test user met in training. (U) */
export const readMetCounts = async (run: EvaluationRun): Promise<Uint32Array> =>
  (await CHOSEN.read(await run.work.open(choose, 0), 'metCounts')).metCounts;

/** Some of the test users. *U users, T tests.* */
export interface TestUsers {
  /** (U) ids in layout order. */
  readonly users: Float64Array;
  /** (U) */
  readonly slices: Uint8Array;
  /** (U + 1) */
  readonly testStarts: Uint32Array;
  /** (T) indexes of known items, ascending within a user. */
  readonly tests: Uint32Array;
}

/** A range of the test users: `from` up to, not including, `to`. */
export type UserRange = { readonly from: number; readonly to: number };

export async function readTestUsers(run: EvaluationRun, { from, to }: UserRange): Promise<TestUsers> {
  const file = await run.work.open(choose, 0);
  const starts = await CHOSEN.readRows(file, 'testStarts', { from, to: to + 1 });
  const [first, end] = [starts[0]!, starts.at(-1)!];
  return {
    users: await CHOSEN.readRows(file, 'users', { from, to }),
    slices: await CHOSEN.readRows(file, 'slices', { from, to }),
    testStarts: starts.map((start) => start - first),
    tests: await CHOSEN.readRows(file, 'tests', { from: first, to: end }),
  };
}
