/** The output as a table: the similarities. */
import { recordRows } from '../../shared/tables/line-rows.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';

export const tables: readonly ModelTable[] = [
  {
    name: 'similarities',
    summary: 'A row for each pair of similar items. A pair is there once, whichever of the two is asked for.',
    files: /^part-\d{5}$/,
    columns: [
      { name: 'item1', type: 'int64', ids: 'item', means: 'the item with the smaller id' },
      { name: 'item2', type: 'int64', ids: 'item', means: 'the item with the larger id' },
      { name: 'similarity', type: 'float64', means: 'the cosine of the sets of users that the two have' },
    ],
    read: recordRows('item1', 'item2', 'sim'),
  },
];
