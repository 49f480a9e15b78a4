/** The output as a table: the popular items of each dimension. */
import { recordRows } from '../../shared/tables/line-rows.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';

export const tables: readonly ModelTable[] = [
  {
    name: 'popular_items',
    summary: 'A row for each item of a dimension, the most popular first. An item is in each of its dimensions.',
    files: /^part-\d{5}$/,
    columns: [
      { name: 'dimension', type: 'int64', means: 'the number of the dimension in the catalogue' },
      { name: 'item', type: 'int64', ids: 'item', means: 'the item' },
      { name: 'count', type: 'float64', means: 'the number of its actions, plus the sum of their values' },
    ],
    read: recordRows('dim', 'item', 'count'),
  },
];
