/** The output as a table: the baskets. */
import { itemListRows } from '../../shared/tables/line-rows.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';

export const tables: readonly ModelTable[] = [
  {
    name: 'baskets',
    summary: 'A row for each basket. The baskets of a user follow one another, and nothing says whose they are.',
    files: /^part-\d{5}$/,
    columns: [
      { name: 'basket', type: 'int64', means: 'the number of the basket in this table, from 1' },
      { name: 'items', type: 'int64', list: 'any', ids: 'item', means: 'its items, ascending' },
    ],
    read: itemListRows,
  },
];
