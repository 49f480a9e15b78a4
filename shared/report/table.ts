/** Tables of the report. On a narrow screen each row becomes a card, and the column's title stands before each value. */
import { type Content, type Html, html } from './html.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Content;
  /** Numbers are aligned to the right. */
  readonly isNumber?: boolean;
  /** Long texts. On a narrow screen they stand below the column's title. */
  readonly isLong?: boolean;
}

/**
 * Returns a table whose first column names the row.
 *
 * The roles are said, because browsers forget them where the style sheet shows rows as cards.
 * @param caption what the table holds, for screen readers
 * @param layout `cards` on narrow screens; `columns` for a table of a few short columns, which fits everywhere
 */
export function table<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  layout: 'cards' | 'columns' = 'cards',
): Html {
  const classOf = ({ isNumber, isLong }: Column<Row>): string => (isNumber ? 'number' : isLong ? 'long' : 'text');
  const [first, ...others] = columns;
  return html`<table role="table" class="${layout}" aria-label="${caption}">
<thead role="rowgroup"><tr role="row">${columns.map(
    (column) => html`<th role="columnheader" scope="col" class="${classOf(column)}">${column.title}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (row) => html`<tr role="row"><th role="rowheader" scope="row">${first!.cell(row)}</th>${others.map(
      (column) =>
        html`<td role="cell" class="${classOf(column)}"><span class="title" aria-hidden="true">${column.title}</span><span>${column.cell(row)}</span></td>`,
    )}</tr>
`,
  )}</tbody>
</table>`;
}

/** A table that is folded away until it is opened: the numbers behind a chart. On paper it is left out. */
export const foldedTable = (title: string, content: Content): Html =>
  html`<details><summary>${title}</summary>${content}</details>`;
