/** The output as a table: the tags of users. */
import { recordRows } from '../../shared/tables/line-rows.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';

export const tables: readonly ModelTable[] = [
  {
    name: 'tags',
    summary: 'A row for each tag that a user meets more often than others do.',
    files: /^part-\d{5}$/,
    columns: [
      { name: 'user', type: 'int64', ids: 'user', means: 'the user' },
      { name: 'tag', type: 'string', means: 'the tag' },
      {
        name: 'weight',
        type: 'float64',
        means: "how far the user's share is above everybody's, as a part of everybody's",
      },
    ],
    read: recordRows('user', 'tag', 'weight'),
  },
];
