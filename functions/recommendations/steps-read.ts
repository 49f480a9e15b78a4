/**
 * `read` reads the actions of the days, and hands each one on to its user's bucket. `parse` reads the text of the model into columns:
 * the users' vectors by bucket, and the vectors of the items that may be recommended, by ascending id. With `clientIds` it also
 * reads the client's own texts of ids.
 */
import { CorruptInputError } from '../../shared/errors.ts';
import { forgottenUsers } from '../../shared/forget/forgotten-of-run.ts';
import { type InputShard, planInputShards, READING_GROWTH, type Source, sourcesOf } from '../../shared/job/inputs.ts';
import type { MapStep } from '../../shared/job/job.ts';
import type { ReadMeta } from '../../shared/job/rejects.ts';
import type { LinePosition } from '../../shared/lines/line-sink.ts';
import { readLines } from '../../shared/lines/read-lines.ts';
import { readActionPairs } from '../../shared/model/action-pairs.ts';
import { readIdPairFile } from '../../shared/model/id-pairs.ts';
import { IdTexts } from '../../shared/model/id-texts.ts';
import { actionShards, collectActionsByUser, userBucketCount } from '../../shared/shuffle/user-actions.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, SegmentWriter } from '../../shared/store/segments.ts';
import type { ObjectInfo } from '../../shared/store/store.ts';
import { POSITIVE } from './core-met.ts';
import { type ModelPart, notAscending } from './core-model.ts';
import { inLayout, VectorLines } from './core-vectors.ts';
import { actionInputs, kindOf, modelInputs, textInputs } from './inputs.ts';
import { readAllowed } from './listed-items.ts';
import { readFacts } from './model-facts.ts';
import type { RecommendationRun, RecommendationSettings } from './settings.ts';
import { TEXTS, textColumns } from './text-columns.ts';

export const read: MapStep<RecommendationSettings, InputShard, ReadMeta> = {
  kind: 'map',
  name: 'read',
  memoryMb: 1769,
  timeoutSeconds: 900,
  growth: READING_GROWTH,
  shards: async (run) => actionShards({ ...run, inputs: actionInputs(run) }),
  run: async (run, shard) => {
    if (run.settings.fallback === 'none') return collectActionsByUser(run, shard, { columns: ['items'] });
    const positive = new Set((await readFacts(run)).positive);
    return collectActionsByUser(run, shard, { typeAs: (type) => (positive.has(type) ? POSITIVE : 0) });
  },
};

/** The bytes of text that one shard parses: some seconds of work. Its columns take half of that in memory. */
const SHARD_BYTES = 64 << 20;

/** *U users, I items, K rank, B buckets.* */
export const PARSED = new ColumnTable({
  'user vectors': Float32Array, // (U,K)
  'item vectors': Float32Array, // (I,K)
  users: Float64Array, // (U) ids in layout order
  items: Float64Array, // (I) ids, ascending
  'user offsets': Uint32Array, // (B + 1) the first user of each bucket
});

export const parse: MapStep<RecommendationSettings, InputShard, ModelPart> = {
  kind: 'map',
  name: 'parse',
  memoryMb: 1769,
  timeoutSeconds: 900,
  growth: READING_GROWTH,
  shards: async (run) => planInputShards({ ...run, inputs: parsedInputs(run) }, SHARD_BYTES, READING_GROWTH),
  run: parseModel,
};

const parsedInputs = (run: RecommendationRun): ObjectInfo[] =>
  run.settings.clientIds ? [...modelInputs(run), ...textInputs(run)] : modelInputs(run);

async function parseModel(run: RecommendationRun, shard: InputShard): Promise<SegmentBody<ModelPart>> {
  const isAllowed = await readAllowed(run);
  const forgotten = await forgottenUsers(run);
  const isKept = (user: number): boolean => forgotten?.has(user) !== true;
  const users = new VectorLines();
  const items = new VectorLines();
  let itemRange: [number, number] | null = null;
  let barred = 0;
  const isWanted = (item: number): boolean => {
    const isFree = isAllowed(item);
    if (!isFree) barred++;
    return isFree;
  };
  const addItem = (buffer: Buffer, start: number, end: number): void => {
    const item = items.add(buffer, start, end, isWanted);
    if (itemRange !== null && item <= itemRange[1]) throw new RangeError(notAscending(itemRange[1], item));
    itemRange = [itemRange?.[0] ?? item, item];
  };
  const texts = new IdTexts();
  for (const source of sourcesOf(parsedInputs(run), shard)) {
    switch (kindOf(source)) {
      case 'users':
        await eachLine(run, source, (buffer, start, end) => void users.add(buffer, start, end, isKept));
        break;
      case 'items':
        await eachLine(run, source, addItem);
        break;
      case 'pairs':
        await readIdPairFile(run.input, source, ({ kind, id, text }) => texts.add(kind, id, text, true));
        break;
      case 'actions':
        await readActionPairs(run.input, source, texts.wants, (kind, id, text) => texts.add(kind, id, text, false));
    }
  }
  const { ids, vectors, offsets } = inLayout(users.vectors(), users.rank, userBucketCount(run));
  const recommendable = items.vectors();
  const writer = new SegmentWriter();
  PARSED.write(writer, {
    'user vectors': vectors,
    'item vectors': recommendable.vectors,
    users: ids,
    items: recommendable.ids,
    'user offsets': offsets,
  });
  if (run.settings.clientIds) TEXTS.write(writer, textColumns(texts, userBucketCount(run)));
  const ranks = { users: users.rank, items: items.rank };
  return writer.finish({ ranks, users: users.length, items: items.length, barred, itemRange });
}

/** Hands on the lines of a file of the model. @throws CorruptInputError for a line that `take` refuses by a RangeError */
async function eachLine(
  { input }: RecommendationRun,
  source: Source,
  take: (buffer: Buffer, start: number, end: number) => void,
): Promise<void> {
  const refuse = ({ number, offset }: LinePosition, why: string): never => {
    const where = number === undefined ? `byte ${offset}` : `line ${number}`;
    throw new CorruptInputError(`${input.root}/${source.key}, ${where}: ${why}. Train the model again`);
  };
  await readLines(input, source, {
    line(buffer, start, end, position) {
      try {
        take(buffer, start, end);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        refuse(position, error.message);
      }
    },
    tooLong: (_buffer, _start, _end, position) => refuse(position, 'it is too long for a line of a model'),
  });
}
