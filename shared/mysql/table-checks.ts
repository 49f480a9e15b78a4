/** Checks that a table can be filled, hours before it is: the user's rights, and the types of the columns. */
import { DatabaseError } from '../errors.ts';
import type { Database } from './database.ts';
import { describeDatabase } from './jdbc.ts';
import type { TableNames } from './table-mark.ts';

export interface ColumnRule {
  readonly name: string;
  /** `DATA_TYPE`s that hold every value exactly. */
  readonly types: readonly string[];
  /** For the cure: `BIGINT NOT NULL`. */
  readonly definition: string;
}

/** While the check waits for the live table, new readers wait behind it, s: the least that MySQL knows. */
const WAIT_SECONDS = 1;
/** What `RENAME TABLE a TO a` comes to where the user may do it. */
const ALLOWED_BUT_USELESS = [
  'ER_TABLE_EXISTS_ERROR',
  'ER_NO_SUCH_TABLE',
  'ER_FILE_NOT_FOUND',
  // The rights are looked at first: a reader's open transaction is met after that.
  'ER_LOCK_WAIT_TIMEOUT',
] as const;

/**
 * Changes nothing. A table that is not there yet is no mistake: an upload makes it.
 * @throws DatabaseError naming the right that is missing, or the statement that mends a column; as `Database.rows`
 */
export async function checkTables(
  database: Database,
  names: TableNames,
  columns: readonly ColumnRule[],
): Promise<void> {
  await checkRights(database, names);
  for (const table of [names.live, names.next]) await checkColumns(database, table, columns);
}

/** Renaming needs ALTER and DROP on the old name, CREATE and INSERT on the new one: all that an upload needs. */
async function checkRights(database: Database, { live, next, old }: TableNames): Promise<void> {
  await database.run('preparing the session', `SET SESSION lock_wait_timeout = ${WAIT_SECONDS}`);
  const doing = `checking the rights on ${live}, ${next} and ${old} (INSERT, CREATE, DROP and ALTER are needed)`;
  const sql = 'RENAME TABLE ?? TO ??, ?? TO ??, ?? TO ??';
  await database.probe(doing, sql, [live, live, next, next, old, old], ALLOWED_BUT_USELESS);
}

async function checkColumns(database: Database, table: string, rules: readonly ColumnRule[]): Promise<void> {
  const rows = await database.rows(
    `checking the columns of ${table}`,
    'SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA FROM information_schema.COLUMNS ' +
      'WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
    [table],
  );
  if (rows.length === 0) return;
  const found = new Map(rows.map((row) => [String(row[0]).toLowerCase(), row.map((cell) => String(cell ?? ''))]));
  const mends: string[] = [];
  const wrong: string[] = [];
  for (const { name, types, definition } of rules) {
    const column = found.get(name);
    found.delete(name);
    if (column !== undefined && types.includes(column[1]!.toLowerCase())) continue;
    wrong.push(column === undefined ? `column ${name} is missing` : `column ${name} is ${column[2]}`);
    mends.push(`${column === undefined ? 'ADD' : 'MODIFY'} ${name} ${definition}`);
  }
  // A column of the user's own is left alone, as long as a row may be written without it.
  for (const [name, [, , type, isNullable, byDefault, extra]] of found) {
    if (isNullable === 'YES' || byDefault !== '' || /auto_increment|generated|default/i.test(extra!)) continue;
    wrong.push(`column ${name} (${type}) must be given, and no upload knows it`);
    mends.push(`MODIFY ${name} ${type} NULL`);
  }
  if (wrong.length === 0) return;
  const cure = `ALTER TABLE ${table} ${mends.join(', ')}`;
  throw new DatabaseError(`${describeDatabase(database.address)}: table ${table}: ${wrong.join('; ')}. Run: ${cure}`);
}
