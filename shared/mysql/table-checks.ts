/** Checks that a table can be filled, hours before the upload: the user's rights, and the types of the columns. */
import { DatabaseError } from '../errors.ts';
import type { Database } from './database.ts';
import { describeDatabase } from './jdbc.ts';
import type { TableNames } from './table-mark.ts';

export interface ColumnRule {
  readonly name: string;
  /** The `DATA_TYPE`s that can hold every value exactly. */
  readonly types: readonly string[];
  /** A pattern that the whole type must match too, such as `int(10) unsigned`, where the reader needs more than a `DATA_TYPE`. */
  readonly wholeType?: RegExp;
  /** The definition in the cure: `BIGINT NOT NULL`. */
  readonly definition: string;
  /** The default that the column needs, because no row gives its value. */
  readonly byDefault?: string;
  /** True for a column that the table may lack. */
  readonly mayBeMissing?: true;
}

/**
 * The time limit for a table lock, in seconds. It is the smallest of MySQL, because new readers of the live table wait as
 * long.
 */
const WAIT_SECONDS = 1;
/** The refusals of `RENAME TABLE a TO a` for a user who has the rights. */
const ALLOWED_BUT_USELESS = [
  'ER_TABLE_EXISTS_ERROR',
  'ER_NO_SUCH_TABLE',
  'ER_FILE_NOT_FOUND',
  // The server checks the rights before it waits for the open transaction of a reader.
  'ER_LOCK_WAIT_TIMEOUT',
] as const;

/**
 * Checks the live table and its helpers, and changes nothing. A missing table is no mistake, because the upload creates it.
 * @throws DatabaseError with the missing right, or with the statement that corrects a column; as `Database.rows`
 */
export async function checkTables(
  database: Database,
  names: TableNames,
  columns: readonly ColumnRule[],
): Promise<void> {
  await checkRights(database, names);
  await checkColumns(database, names, columns);
}

/**
 * Checks the columns of the live and of the next table. Both must be right, because each swap exchanges them. A missing table
 * is no mistake.
 * @throws DatabaseError with the statements that correct the columns of both; as `Database.rows`
 */
export async function checkColumns(
  database: Database,
  { live, next }: TableNames,
  columns: readonly ColumnRule[],
): Promise<void> {
  const found: WrongTable[] = [];
  for (const table of [live, next]) found.push(...(await wrongColumns(database, table, columns)));
  if (found.length === 0) return;
  const problems = found.map(({ problem }) => problem).join('; ');
  throw new DatabaseError(
    `${describeDatabase(database.address)}: ${problems}. Run: ${found.map(({ cure }) => cure).join('; ')}`,
  );
}

/** Renaming needs ALTER and DROP on the old name, and CREATE and INSERT on the new name. An upload needs the same rights. */
async function checkRights(database: Database, { live, next, old }: TableNames): Promise<void> {
  await database.run('preparing the session', `SET SESSION lock_wait_timeout = ${WAIT_SECONDS}`);
  const doing = `checking the rights on ${live}, ${next} and ${old} (INSERT, CREATE, DROP and ALTER are needed)`;
  const sql = 'RENAME TABLE ?? TO ??, ?? TO ??, ?? TO ??';
  await database.probe(doing, sql, [live, live, next, next, old, old], ALLOWED_BUT_USELESS);
}

/** A table that cannot be filled. */
interface WrongTable {
  readonly problem: string;
  /** The statement that corrects it. */
  readonly cure: string;
}

async function wrongColumns(database: Database, table: string, rules: readonly ColumnRule[]): Promise<WrongTable[]> {
  const rows = await database.rows(
    `checking the columns of ${table}`,
    'SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA FROM information_schema.COLUMNS ' +
      'WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
    [table],
  );
  if (rows.length === 0) return [];
  const found = new Map(rows.map((row) => [String(row[0]).toLowerCase(), row.map((cell) => String(cell ?? ''))]));
  const corrections: string[] = [];
  const wrong: string[] = [];
  for (const rule of rules) {
    const { name, definition } = rule;
    const column = found.get(name);
    found.delete(name);
    const problem = problemOf(column, rule);
    if (problem === undefined) continue;
    wrong.push(`column ${name} ${problem}`);
    corrections.push(`${column === undefined ? 'ADD' : 'MODIFY'} ${name} ${definition}`);
  }
  // A column that the user added is allowed if a row can be written without it.
  for (const [name, [, , type, isNullable, byDefault, extra]] of found) {
    if (isNullable === 'YES' || byDefault !== '' || /auto_increment|generated|default/i.test(extra!)) continue;
    wrong.push(`column ${name} (${type}) needs a value, and the upload gives none`);
    corrections.push(`MODIFY ${name} ${type} NULL`);
  }
  if (wrong.length === 0) return [];
  return [{ problem: `table ${table}: ${wrong.join('; ')}`, cure: `ALTER TABLE ${table} ${corrections.join(', ')}` }];
}

/** Returns what is wrong with a column; undefined for a right one. @param column its row of information_schema */
function problemOf(column: readonly string[] | undefined, rule: ColumnRule): string | undefined {
  if (column === undefined) return rule.mayBeMissing ? undefined : 'is missing';
  const [, dataType, wholeType, , byDefault] = column;
  const isRight =
    rule.types.includes(dataType!.toLowerCase()) && (rule.wholeType?.test(wholeType!.toLowerCase()) ?? true);
  if (!isRight) return `is ${wholeType}`;
  if (rule.byDefault === undefined || byDefault === rule.byDefault) return undefined;
  return `has ${byDefault === '' ? 'no default' : `the default ${byDefault}`}, and must have ${rule.byDefault}`;
}
