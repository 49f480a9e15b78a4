/** The output as a table: the vectors of items. */
import { vectorRows } from '../../shared/tables/line-rows.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';

export const tables: readonly ModelTable[] = [
  {
    name: 'items',
    summary: 'The vector of each item, the most frequent item first. Similar items have a large cosine.',
    files: /^docvectors\.txt$/,
    headerLines: 1,
    columns: [
      { name: 'item', type: 'int64', ids: 'item', means: 'the item' },
      { name: 'vector', type: 'float32', list: 'same', means: 'as many numbers as `vectorSize`' },
    ],
    read: vectorRows('|'),
  },
];
