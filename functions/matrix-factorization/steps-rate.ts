/** `rate`: actions in, the ones that are worth something out, as columns in the order of the user's block. */
import { type InputShard, planInputShards, READING_GROWTH, sourcesOf, weightOfAll } from '../../shared/job/inputs.ts';
import type { Shard } from '../../shared/job/job.ts';
import { RejectSample } from '../../shared/job/rejects.ts';
import { type ActionBatch, readActions } from '../../shared/model/read-actions.ts';
import { SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { blockCount } from './core-blocks.ts';
import { effectiveWeightings } from './core-matrix.ts';
import { ActionRuns } from './core-rows.ts';
import { addRows } from './matrix-object.ts';
import type { FactorizationRun } from './settings.ts';

/** Text that one shard reads, bytes: a few seconds of work, and columns of about a tenth of it in memory. */
const SHARD_BYTES = 64 << 20;

export const blocksOf = (run: FactorizationRun): number => blockCount(weightOfAll(run.inputs));

export const rateShards = async (run: FactorizationRun): Promise<readonly Shard[]> =>
  planInputShards(run, SHARD_BYTES, READING_GROWTH);

export async function rate(run: FactorizationRun, shard: Shard): Promise<Body> {
  const rejects = new RejectSample();
  const columns = new RatedActions(run);
  for (const source of sourcesOf(run.inputs, shard as unknown as InputShard)) {
    await readActions(run.input, source, rejects, (batch) => columns.addAll(batch));
  }
  const writer = new SegmentWriter();
  columns.writeTo(writer, blocksOf(run));
  return writer.finish(rejects.writeTo(writer));
}

/** Keeps the actions whose type is worth something. */
class RatedActions {
  readonly #runs = new ActionRuns();
  /** Action type → place in the list of weightings. */
  readonly #places: Map<number, number>;

  constructor(run: FactorizationRun) {
    const weightings = effectiveWeightings(run.settings.actionWeightings);
    this.#places = new Map(weightings.map(({ actionType }, place) => [actionType, place]));
  }

  addAll({ count, users, items, types }: ActionBatch): void {
    for (let row = 0; row < count; row++) {
      const place = this.#places.get(types[row] as number);
      if (place !== undefined) this.#runs.add(users[row] as number, items[row] as number, place);
    }
  }

  writeTo(writer: SegmentWriter, blocks: number): void {
    addRows(writer, this.#runs.grouped(blocks));
  }
}
