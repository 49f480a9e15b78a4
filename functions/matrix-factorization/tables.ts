/** The output as tables: the vectors of users and of items. */
import { vectorRows } from '../../shared/tables/line-rows.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';

const vector = { name: 'vector', type: 'float32', list: 'same', means: 'the factors, as many as `rank`' } as const;

export const tables: readonly ModelTable[] = [
  {
    name: 'users',
    summary: 'The vector of each user. The inner product with the vector of an item says how well the two fit.',
    files: /^userFeatures\.txt$/,
    columns: [{ name: 'user', type: 'int64', ids: 'user', means: 'the user' }, vector],
    read: vectorRows(','),
  },
  {
    name: 'items',
    summary: 'The vector of each item.',
    files: /^productFeatures\.txt$/,
    columns: [{ name: 'item', type: 'int64', ids: 'item', means: 'the item' }, vector],
    read: vectorRows(','),
  },
];
