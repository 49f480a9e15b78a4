/** `rate`: actions in, the ones that are worth something out, as columns in the order of the user's block. */
import { bytesOf } from '../../shared/columns/bytes.ts';
import { offsetsOf, orderBy, permuted } from '../../shared/columns/counting-sort.ts';
import { Growable } from '../../shared/columns/growable.ts';
import { type InputShard, planInputShards, sourcesOf, weightOfAll } from '../../shared/job/inputs.ts';
import type { Shard } from '../../shared/job/job.ts';
import { RejectSample } from '../../shared/job/rejects.ts';
import type { LineSink } from '../../shared/lines/line-splitter.ts';
import { readLines } from '../../shared/lines/read-lines.ts';
import { REASONS } from '../../shared/model/action.ts';
import { GroupedAction } from '../../shared/model/action-grouped.ts';
import { SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { blockCount, blockOf } from './core-blocks.ts';
import { effectiveWeightings } from './core-matrix.ts';
import type { FactorizationRun } from './settings.ts';

/** Text that one shard reads, bytes: a few seconds of work, and columns of about a tenth of it in memory. */
const SHARD_BYTES = 64 << 20;

export const blocksOf = (run: FactorizationRun): number => blockCount(weightOfAll(run.inputs));

export const rateShards = async (run: FactorizationRun): Promise<readonly Shard[]> =>
  planInputShards(run.inputs, { shards: run.shards, targetBytes: SHARD_BYTES });

export async function rate(run: FactorizationRun, shard: Shard): Promise<Body> {
  const rejects = new RejectSample();
  const columns = new RatedActions(run);
  const action = new GroupedAction();
  for (const source of sourcesOf(run.inputs, shard as unknown as InputShard)) {
    const sink: LineSink = {
      line(buffer, start, end, position) {
        rejects.lines++;
        if (action.parse(buffer, start, end)) columns.add(action);
        else rejects.add(source.key, position, action.reason, buffer, start, end);
      },
      tooLong(buffer, start, end, position) {
        rejects.lines++;
        rejects.add(source.key, position, REASONS.tooLong, buffer, start, end);
      },
    };
    await readLines(run.input, source, sink);
  }
  const writer = new SegmentWriter();
  columns.writeTo(writer);
  return writer.finish(rejects.writeTo(writer));
}

/** Collects actions whose type is worth something. */
class RatedActions {
  readonly #blocks: number;
  /** Action type → place in the list of weightings. */
  readonly #places: Map<number, number>;
  readonly #users = new Growable(Float64Array);
  readonly #items = new Growable(Float64Array);
  readonly #types = new Growable(Uint8Array);
  readonly #blockOf = new Growable(Uint32Array);
  #lastUser = -1;
  #lastBlock = 0;

  constructor(run: FactorizationRun) {
    this.#blocks = blocksOf(run);
    const weightings = effectiveWeightings(run.settings.actionWeightings);
    this.#places = new Map(weightings.map(({ actionType }, place) => [actionType, place]));
  }

  add({ user, item, type }: GroupedAction): void {
    const place = this.#places.get(type);
    if (place === undefined) return;
    if (user !== this.#lastUser) {
      this.#lastUser = user;
      this.#lastBlock = blockOf(user, this.#blocks);
    }
    this.#users.push(user);
    this.#items.push(item);
    this.#types.push(place);
    this.#blockOf.push(this.#lastBlock);
  }

  writeTo(writer: SegmentWriter): void {
    const blocks = this.#blockOf.view();
    const offsets = offsetsOf(blocks, this.#blocks);
    const order = orderBy(blocks, offsets);
    writer.add('offsets', bytesOf(offsets));
    writer.add('users', bytesOf(permuted(this.#users.view(), order)));
    writer.add('items', bytesOf(permuted(this.#items.view(), order)));
    writer.add('types', permuted(this.#types.view(), order));
  }
}
