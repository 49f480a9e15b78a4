/**
 * The best items of users by the published factors, for the check `change`. Items are streamed in tiles past the users.
 *
 * *U users of the sample that the model has, K rank, T items of a tile.*
 */
import { Growable } from '../../shared/columns/growable.ts';
import { idOf, readNumbers } from '../../shared/evaluation/vector-lines.ts';
import { BestItems, type BestLists, emptyLists } from '../../shared/kernels/best-items.ts';
import { type BestIds, eachLine, LIST_LENGTH, type StreamedFile } from '../../shared/verdict/compared-lists.ts';
import type { ComparedLists, Side } from '../../shared/verdict/judging.ts';
import { FILE_NAMES } from './file-names.ts';
import type { FactorizationSettings } from './settings.ts';

/** Bytes of the vectors of one tile. */
const TILE_BYTES = 16 << 20;

export const comparedLists: ComparedLists<FactorizationSettings> = {
  side: 'users',
  async read(files, { rank }, sample) {
    const places: number[] = [];
    const vectors = new Growable(Float32Array);
    const vector = new Float32Array(rank);
    const position = { at: 0 };
    await eachVector(files, 'users', (buffer, start, end) => {
      const place = sample.placeOf(idOf(buffer, start, end, position));
      if (place < 0) return;
      readNumbers(buffer, position.at, end, ',', vector);
      places.push(place);
      vectors.append(vector);
    });
    const best = await bestOfAll(files, vectors.view(), places.length, rank);
    const lists: number[][] = Array.from({ length: sample.size }, () => []);
    for (const [row, place] of places.entries()) lists[place] = best[row] as number[];
    return lists;
  },
};

/** Returns the best items of each user. @param users (U,K) */
async function bestOfAll(
  files: readonly StreamedFile[],
  users: Float32Array,
  count: number,
  rank: number,
): Promise<BestIds> {
  const ids = new Growable(Float64Array);
  const most = Math.max(1, Math.floor(TILE_BYTES / Float32Array.BYTES_PER_ELEMENT / rank));
  const tile = new Float32Array(most * rank);
  const nothingSeen = { starts: new Uint32Array(count + 1), items: new Uint32Array(0) };
  const position = { at: 0 };
  let lists: BestLists = emptyLists(count, LIST_LENGTH);
  let first = 0;
  const rankTile = (): void => {
    const items = ids.length - first;
    if (items === 0) return;
    const best = BestItems.of(ids.view().slice(first), tile.slice(0, items * rank), rank, first);
    lists = best.best(users, nothingSeen, LIST_LENGTH, lists);
    first = ids.length;
  };
  await eachVector(files, 'items', (buffer, start, end) => {
    const place = ids.length - first;
    ids.push(idOf(buffer, start, end, position));
    readNumbers(buffer, position.at, end, ',', tile.subarray(place * rank, (place + 1) * rank));
    if (place + 1 === most) rankTile();
  });
  rankTile();
  const all = ids.view();
  return Array.from({ length: count }, (_, row) =>
    Array.from(lists.items.subarray(row * LIST_LENGTH, row * LIST_LENGTH + lists.counts[row]!), (item) => all[item]!),
  );
}

async function eachVector(
  files: readonly StreamedFile[],
  side: Side,
  take: (buffer: Buffer, start: number, end: number) => void,
): Promise<void> {
  for (const file of files) if (file.name === FILE_NAMES[side]) await eachLine(file, take);
}
