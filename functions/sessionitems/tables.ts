/** The output as a table: the sessions. */
import { itemListRows } from '../../shared/tables/line-rows.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';

export const tables: readonly ModelTable[] = [
  {
    name: 'sessions',
    summary: 'A row for each session. The sessions of a user follow one another, and nothing says whose they are.',
    files: /^part-\d{5}$/,
    columns: [
      { name: 'session', type: 'int64', means: 'the number of the session in this table, from 1' },
      { name: 'items', type: 'int64', list: 'any', ids: 'item', means: 'its items, in order of time' },
    ],
    read: itemListRows,
  },
];
