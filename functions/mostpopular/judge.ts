/**
 * The verdict on the counts of items. An upload into a database makes them live, so `jdbc` decides here what `activate` decides
 * elsewhere.
 */
import { RANKED } from '../../shared/popularity/ranked-rows.ts';
import { countIn, type Judging } from '../../shared/verdict/judging.ts';
import { isId, recordIn } from '../../shared/verdict/line-readers.ts';
import type { PopularitySettings } from './settings.ts';
import { tally } from './steps.ts';

/** Reads `{"item":…,"count":…}`: the largest count first, then by item. */
function popularityReader(): (line: string) => string | undefined {
  let before: readonly [item: number, count: number] = [0, Number.POSITIVE_INFINITY];
  return (line) => {
    const record = recordIn(line, ['item', 'count']);
    if (typeof record === 'string') return record;
    const { item, count } = record;
    if (!isId(item) || item === 0) return 'item is no id above 0';
    if (!isId(count) || count === 0) return 'count is no number of actions';
    const [lastItem, lastCount] = before;
    before = [item, count];
    const follows = count < lastCount || (count === lastCount && item > lastItem);
    return follows ? undefined : 'it does not come after the line before it';
  };
}

export const judging: Judging<PopularitySettings> = {
  goesLive: ({ jdbc }) => jdbc !== '',
  tables: [
    {
      name: 'counts of items',
      isPart: (name) => name === 'part-00000',
      records: (counts) => countIn(counts, 'items'),
      reader: () => popularityReader(),
    },
  ],
  sides: { items: 'items' },
  mayBeEmpty: false,
  async *ids(run, side) {
    if (side !== 'items') return;
    for (const file of await run.work.openAll(tally)) yield (await RANKED.read(file, 'items')).items;
  },
};
