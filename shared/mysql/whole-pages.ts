/** Reads a table of any size page by page, in the order of an id. Each page holds all rows of its ids. */
import { DatabaseError } from '../errors.ts';
import type { Database, Row, Values } from './database.ts';
import { describeDatabase } from './jdbc.ts';

export interface PagedTable {
  readonly table: string;
  /** An integer column. It needs neither unique values nor an index. Rows without a value in it are left out. */
  readonly id: string;
  /** The columns that are read beside the id. */
  readonly columns: readonly string[];
  /** Restricts the rows to those whose column has one of the values. */
  readonly only?: { readonly column: string; readonly values: readonly number[] };
  /**
   * The number of rows of a page, for tables with long rows. The default of 100,000 rows is about 10 MB. With smaller pages, a
   * table without an index would need too many passes.
   */
  readonly pageRows?: number;
}

const PAGE_ROWS = 100_000;
/** The largest id, which is the largest integer that a number represents exactly. */
const MAX_ID = Number.MAX_SAFE_INTEGER;

/**
 * Reads the rows `[id, …columns]` by ascending id, from 0 to 2^53 − 1. A page ends only where the id changes. An example with
 * pages of three rows:
 *
 *   ids in the table   1 1 2 2 2 3        pages   1 1 | 2 2 2 3        (2 2 2 fills a page, so a larger page is read)
 *
 * @throws as `Database.rows`
 */
export async function* wholePages(
  database: Database,
  { table, id, columns, only, pageRows = PAGE_ROWS }: PagedTable,
): AsyncGenerator<readonly Row[]> {
  const selected = [id, ...columns];
  const condition = only === undefined ? '' : ' AND ?? IN (?)';
  const narrowed: Values = only === undefined ? [] : [only.column, only.values];
  const sql = `SELECT ${selected.map(() => '??').join(', ')} FROM ?? WHERE ?? > ? AND ?? <= ?${condition} ORDER BY ?? LIMIT ?`;
  let after = -1;
  for (let limit = pageRows; ; ) {
    const values: Values = [...selected, table, id, after, id, MAX_ID, ...narrowed, id, limit];
    const rows = await database.rows(`reading ${table}`, sql, values);
    if (rows.length < limit) {
      if (rows.length > 0) yield rows;
      return;
    }
    const last = idOf(database, table, id, rows.at(-1)!);
    const end = rows.findIndex((row) => row[0] === last);
    if (end === 0) {
      limit *= 2; // one id fills the page, so some of its rows may be missing
      continue;
    }
    yield rows.slice(0, end);
    after = idOf(database, table, id, rows[end - 1]!);
    limit = pageRows;
  }
}

/** Warns of rows that `wholePages` leaves out because no action can have their ids: below 0 or above 2^53 − 1. */
export async function warnOfOddIds(
  database: Database,
  { table, id }: PagedTable,
  warn: (message: string) => void,
): Promise<void> {
  const sql = 'SELECT COUNT(*) FROM ?? WHERE ?? < 0 OR ?? > ?';
  const [[odd] = [0]] = await database.rows(`checking ${table}`, sql, [table, id, id, MAX_ID]);
  if (Number(odd) > 0) warn(`${odd} rows of ${table} have an ${id} below 0 or above 2^53 - 1: left out`);
}

function idOf(database: Database, table: string, id: string, [value]: Row): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const where = `${describeDatabase(database.address)}, reading ${table}`;
  throw new DatabaseError(`${where}: column ${id} must hold integers, it is of another type`);
}
