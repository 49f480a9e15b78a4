/** Reading a table of any size: page by page in order of an id, each page holding all rows of its ids. */
import { DatabaseError } from '../errors.ts';
import type { Database, Row, Values } from './database.ts';
import { describeDatabase } from './jdbc.ts';

export interface PagedTable {
  readonly table: string;
  /** An integer column, which need not be unique, nor have an index. Rows without a value of it are left out. */
  readonly id: string;
  /** What is read beside the id. */
  readonly columns: readonly string[];
  /** Only the rows whose column has one of the values. */
  readonly only?: { readonly column: string; readonly values: readonly number[] };
  /** Where rows are long. Default 100,000: some 10 MB; with fewer a table without an index would take too many passes. */
  readonly pageRows?: number;
}

const PAGE_ROWS = 100_000;
/** The largest integer that is exact as a number, and the largest id there may be. */
const MAX_ID = Number.MAX_SAFE_INTEGER;

/**
 * The rows `[id, …columns]` by ascending id, ids from 0 to 2^53 − 1. A page is cut where the id changes: an example with
 * pages of three rows,
 *
 *   ids in the table   1 1 2 2 2 3        pages   1 1 | 2 2 2 3        (2 2 2 fills a page: it is asked for again, larger)
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
      limit *= 2; // one id fills the page: its rows are not all there yet
      continue;
    }
    yield rows.slice(0, end);
    after = idOf(database, table, id, rows[end - 1]!);
    limit = pageRows;
  }
}

/** Says how many rows have an id that no action can have, below 0 or above 2^53 − 1: `wholePages` leaves them out. */
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
