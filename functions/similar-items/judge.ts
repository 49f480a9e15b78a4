/**
 * The verdict on similarities. An upload into a database makes them live, so `jdbc` decides here what `activate`
 * decides elsewhere.
 */
import { countIn, type Judging } from '../../shared/verdict/judging.ts';
import { isId, recordIn } from '../../shared/verdict/line-readers.ts';
import { comparedLists } from './compared-lists.ts';
import type { SimilaritySettings } from './settings.ts';
import { readItemIds } from './steps-weigh.ts';

/** Reads `{"item1":…,"item2":…,"sim":…}`: by item1, then the most similar first, then item2. */
function similarityReader(): (line: string) => string | undefined {
  let before: readonly [item1: number, item2: number, sim: number] = [-1, -1, 0];
  return (line) => {
    const record = recordIn(line, ['item1', 'item2', 'sim']);
    if (typeof record === 'string') return record;
    const { item1, item2, sim } = record;
    if (!isId(item1) || !isId(item2)) return 'an item is no id';
    if (item1 >= item2) return 'item1 is not the smaller id';
    if (typeof sim !== 'number' || sim <= 0) return 'sim is no similarity above zero';
    const [first, second, best] = before;
    const follows = item1 > first || (item1 === first && (sim < best || (sim === best && item2 > second)));
    before = [item1, item2, sim];
    return follows ? undefined : 'it does not come after the line before it';
  };
}

export const judging: Judging<SimilaritySettings> = {
  goesLive: ({ jdbc }) => jdbc !== '',
  tables: [
    {
      name: 'similarities',
      isPart: (name) => name.startsWith('part-'),
      records: (counts) => countIn(counts, 'similarities'),
      reader: () => similarityReader(),
    },
  ],
  sides: { users: 'users', items: 'items' },
  mayBeEmpty: false,
  lists: comparedLists,
  async *ids(run, side) {
    if (side === 'items') yield await readItemIds(run);
  },
};
