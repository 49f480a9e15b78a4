/** The output as a table: the dimensions of users. */
import { recordRows } from '../../shared/tables/line-rows.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';

export const tables: readonly ModelTable[] = [
  {
    name: 'clusters',
    summary: 'A row for each dimension of a user. A user may have several, and a dimension has many users.',
    files: /^part-\d{5}$/,
    columns: [
      { name: 'user', type: 'int64', ids: 'user', means: 'the user' },
      { name: 'dimension', type: 'int64', means: 'the number of the dimension in the catalogue' },
      { name: 'weight', type: 'float64', means: "the dimension's share of all dimensions that the user acted on" },
    ],
    read: recordRows('user', 'dim', 'weight'),
  },
];
