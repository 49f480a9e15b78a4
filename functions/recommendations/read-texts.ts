/** Reads the client's own texts for some users and items. */
import { placesOf } from '../../shared/evaluation/places-of.ts';
import type { IdKind } from '../../shared/model/assigned-id.ts';
import { IdTexts } from '../../shared/model/id-texts.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import type { SegmentFile } from '../../shared/store/segments.ts';
import type { Names } from './core-text.ts';
import type { RecommendationRun } from './settings.ts';
import { parse } from './steps-read.ts';
import { TEXTS } from './text-columns.ts';

/** The items whose texts are read at a time: a few megabytes. */
const ITEMS_AT_ONCE = 1 << 16;

/**
 * Returns the texts of the users of a range of buckets, and of some items. An id without a text is written as a text of its digits,
 * and is counted.
 *
 * @throws IdCollisionError for two texts from which the same id was made
 */
export async function readNames(run: RecommendationRun, range: BucketRange, items: Float64Array): Promise<Names> {
  const listed = placesOf(items);
  const texts = new IdTexts((kind, id) => kind === 'user' || listed.get(id) >= 0);
  for (const file of await run.work.openAll(parse)) {
    await addUsers(file, range, texts);
    for (let from = 0; from < file.count('named items'); from += ITEMS_AT_ONCE) {
      const to = Math.min(file.count('named items'), from + ITEMS_AT_ONCE);
      await addTexts(file, 'item', { from, to }, texts);
    }
  }
  const names = {
    unnamed: 0,
    nameOf: (kind: IdKind, id: number) => {
      const text = texts.textOf(kind, id);
      if (text === undefined) names.unnamed++;
      return text ?? String(id);
    },
  };
  return names;
}

async function addUsers(file: SegmentFile, { from, to }: BucketRange, texts: IdTexts): Promise<void> {
  const offsets = await TEXTS.readRows(file, 'text offsets', { from, to: to + 1 });
  await addTexts(file, 'user', { from: offsets[0]!, to: offsets.at(-1)! }, texts);
}

async function addTexts(file: SegmentFile, kind: IdKind, rows: BucketRange, texts: IdTexts): Promise<void> {
  if (rows.from === rows.to) return;
  const isUser = kind === 'user';
  const found = await TEXTS.readRows(file, isUser ? 'named users' : 'named items', rows);
  const assigned = await TEXTS.readRows(file, isUser ? 'users assigned' : 'items assigned', rows);
  const starts = await TEXTS.readRows(file, isUser ? 'user starts' : 'item starts', {
    from: rows.from,
    to: rows.to + 1,
  });
  const bytes = { from: starts[0]!, to: starts.at(-1)! };
  const text = Buffer.from(await TEXTS.readRows(file, isUser ? 'user texts' : 'item texts', bytes));
  for (const [row, id] of found.entries()) {
    if (!texts.wants(kind, id)) continue;
    texts.add(
      kind,
      id,
      text.toString('utf8', starts[row]! - bytes.from, starts[row + 1]! - bytes.from),
      assigned[row] === 1,
    );
  }
}
