/** The verdict on popular items by dimension: a line that the server cannot read would make it refuse the whole file. */
import { countIn, type Judging } from '../../shared/verdict/judging.ts';
import { isId, recordIn } from '../../shared/verdict/line-readers.ts';
import type { DimensionPopularitySettings } from './settings.ts';
import { count, TAKING } from './steps.ts';

const INT_END = 2 ** 31;

/** Reads `{"dim":…,"item":…,"count":…}`: by dimension, then the largest count first, then by item. */
function dimensionReader({ k, minCount }: DimensionPopularitySettings): (line: string) => string | undefined {
  let before: readonly [dim: number, item: number, count: number] = [-1, -1, 0];
  let lines = 0;
  return (line) => {
    const record = recordIn(line, ['dim', 'item', 'count']);
    if (typeof record === 'string') return record;
    const { dim, item, count: own } = record;
    if (!isId(dim) || dim >= INT_END) return 'dim is no id of a dimension';
    if (!isId(item)) return 'item is no id';
    if (typeof own !== 'number' || own < 1 || own >= INT_END) return 'count is not from 1 to 2147483647';
    if (own < Math.min(minCount, INT_END - 1)) return 'count is below minCount';
    const [lastDim, lastItem, lastCount] = before;
    before = [dim, item, own];
    lines = dim === lastDim ? lines + 1 : 1;
    if (lines > k) return `it is more than the ${k} items of its dimension`;
    if (dim !== lastDim) return dim > lastDim ? undefined : 'its dimension does not come after the one before it';
    // Larger counts are written as the largest one, and keep their order.
    const follows = own < lastCount || (own === lastCount && (item > lastItem || own === INT_END - 1));
    return follows ? undefined : 'it does not come after the line before it';
  };
}

export const judging: Judging<DimensionPopularitySettings> = {
  tables: [
    {
      name: 'popular items by dimension',
      isPart: (name) => name === 'part-00000',
      records: (counts) => countIn(counts, 'written'),
      reader: ({ settings }) => dimensionReader(settings),
    },
  ],
  sides: { items: 'items' },
  mayBeEmpty: true,
  async *ids(run, side) {
    if (side !== 'items') return;
    for (const file of await run.work.openAll(count)) yield (await TAKING.read(file, 'taking')).taking;
  },
};
