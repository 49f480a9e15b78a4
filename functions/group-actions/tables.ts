/** The output as a table: the actions of a client's day. */

import { actionRows } from '../../shared/tables/line-rows.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';

export const tables: readonly ModelTable[] = [
  {
    name: 'actions',
    summary: 'A row for each action, with repaired user ids. Within a part they are ordered by user, then by time.',
    files: /^part-\d{5}(\.gz)?$/,
    columns: [
      { name: 'timestamp_utc', type: 'string', means: 'the time, as it was given (ISO-8601)' },
      { name: 'client_userid', type: 'string', nullable: true, means: "the client's own id of the user" },
      { name: 'userid', type: 'int64', ids: 'user', means: 'the user' },
      { name: 'itemid', type: 'int64', ids: 'item', means: 'the item' },
      { name: 'client_itemid', type: 'string', nullable: true, means: "the client's own id of the item" },
      { name: 'rectag', type: 'string', nullable: true, means: 'the tag of the recommendation that led to it' },
      { name: 'type', type: 'int64', means: 'the kind of action' },
      { name: 'value', type: 'float64', means: 'its value, such as a rating' },
      { name: 'extra_data', type: 'string', nullable: true, means: 'further data of the log line, as JSON text' },
    ],
    read: actionRows,
  },
];
