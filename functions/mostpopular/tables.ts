/** The output as a table: the popular items. */
import { recordRows } from '../../shared/tables/line-rows.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';

export const tables: readonly ModelTable[] = [
  {
    name: 'popular_items',
    summary: 'A row for each item with an action, the most popular first.',
    files: /^part-\d{5}$/,
    columns: [
      { name: 'item', type: 'int64', ids: 'item', means: 'the item' },
      { name: 'count', type: 'int64', means: 'the number of its actions' },
    ],
    read: recordRows('item', 'count'),
  },
];
