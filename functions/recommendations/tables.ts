/** The output as a table: a row for each item of each list. */
import { isRecord, parseJson } from '../../shared/json.ts';
import type { AddRow, ModelTable } from '../../shared/tables/model-table.ts';
import type { Cell } from '../../shared/tables/table-rows.ts';

export const recommendationTable: ModelTable = {
  name: 'recommendations',
  summary: 'A row for each item of each user, best first. A user whose list is empty has no row.',
  files: /^part-\d{5}$/,
  columns: [
    { name: 'user', type: 'int64', ids: 'user', means: 'the user' },
    { name: 'rank', type: 'int32', means: 'the place of the item in the list of the user, from 1' },
    { name: 'item', type: 'int64', ids: 'item', means: 'the item' },
    {
      name: 'score',
      type: 'float32',
      means: 'the inner product of the vectors, or the recent popularity of the item',
    },
    { name: 'from', type: 'string', means: '`model` or `popularity`: where the list comes from' },
  ],
  hasTexts: ({ clientIds }) => clientIds === true,
  read: (add) => (buffer, start, end) => addRows(buffer.toString('utf8', start, end), add),
};

export const tables: readonly ModelTable[] = [recommendationTable];

/**
 * Adds the rows of a line. The columns check the values.
 *
 * @throws RangeError for a text that is no line of the output, and what `add` throws
 */
export function addRows(line: string, add: AddRow): void {
  const list = parseJson(line);
  if (!isRecord(list) || !Array.isArray(list.items)) throw new RangeError('it is no list of a user');
  for (const [place, pair] of list.items.entries()) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new RangeError('its items are no pairs of an item and a score');
    add(cellOf(list.user), place + 1, cellOf(pair[0]), cellOf(pair[1]), cellOf(list.from));
  }
}

const cellOf = (value: unknown): Cell => (typeof value === 'number' || typeof value === 'string' ? value : null);
