/**
 * Replaces a table that a server reads, as a whole:
 *
 *   1. take the lock   2. repair what an interrupted upload left   3. empty <table>_new and fill it
 *   4. one RENAME: <table> → _old, _new → <table>, _old → _new
 *
 * A reader meets the whole old table until the RENAME, and the whole new one after it. All statements use one connection,
 * because the lock belongs to the connection and ends with it. The table's comment names the run of its rows
 * (`table-mark.ts`). A retry therefore sees which steps are done, and neither older rows nor those of another client replace
 * the rows.
 */
import { createHash } from 'node:crypto';
import { ConfigError, DatabaseUnavailableError } from '../errors.ts';
import type { Filled, MayReplace } from '../live/live-table.ts';
import type { Database } from './database.ts';
import { describeDatabase } from './jdbc.ts';
import type { ColumnRule } from './table-checks.ts';
import { readMark, swapIn, type TableMark, type TableNames, writeMark } from './table-mark.ts';

/** A table that a server reads, and that a job fills. */
export interface ServedTable {
  readonly names: TableNames;
  /** The name of its rows in messages: `similarities`. */
  readonly holds: string;
  /** The columns and keys with which a missing table is created. */
  readonly definition: string;
  /** `likeLive`: a missing next table is created with the columns and keys of the live one, else with `definition`. */
  readonly next: 'likeLive' | 'byDefinition';
  readonly rules: readonly ColumnRule[];
  /** The columns that a row gives. All others have their defaults. */
  readonly columns: readonly string[];
}

/** Seconds to wait for another upload to the same database. After that the attempt fails, and is repeated. */
const LOCK_SECONDS = 20;
/** Seconds to wait for a reader's open transaction. While RENAME waits, new readers wait behind it. */
const TABLE_WAIT_SECONDS = 5;

export interface Filling {
  /** The mark of the run of the rows. */
  readonly mark: TableMark;
  /** The rows, each with a value for every one of `ServedTable.columns`. Each batch becomes one statement. */
  readonly batches: AsyncIterable<readonly (readonly number[])[]>;
  /** Throws when the rows may no longer be used. It is called before the rows become visible. */
  readonly check: () => Promise<void>;
  /**
   * Decides if the rows may replace the live ones. It is called under the lock, so nobody else can change the table.
   */
  readonly mayReplace: MayReplace;
  /** Throws when the rows cannot be stored. It is called before anything is emptied. */
  readonly beforeEmptying?: () => Promise<void>;
  /** Adds rows that do not come from the run, and resolves to their number. It is called before the rows become visible. */
  readonly afterFilling?: () => Promise<number>;
}

/**
 * Fills the table and makes its rows live, unless `mayReplace` says no. The live table is whole in every case.
 *
 * @throws ConfigError when the table holds another client's rows; DatabaseUnavailableError, also when another upload
 *   does not end; DatabaseError; as the functions of `filling`
 */
export async function replaceRows(database: Database, table: ServedTable, filling: Filling): Promise<Filled> {
  const { mark, batches, check, mayReplace, beforeEmptying, afterFilling } = filling;
  const { names, columns } = table;
  await lock(database, names);
  await database.run('preparing the session', `SET SESSION lock_wait_timeout = ${TABLE_WAIT_SECONDS}`);
  await repair(database, table);
  const live = await readServedMark(database, table, mark.client);
  const decision = await mayReplace(live);
  if (!decision.goesLive) return { outcome: 'notActivated', why: decision.why };
  if (live !== undefined && decision.isSame) {
    // The same run was requested again: the later of the two requests counts.
    const isLater = Date.parse(mark.requestedAt) > Date.parse(live.requestedAt);
    if (isLater) await writeMark(database, names.live, { ...live, requestedAt: mark.requestedAt, client: mark.client });
    return { outcome: 'alreadyLive' };
  }

  await beforeEmptying?.();
  await database.run(`emptying ${names.next}`, 'TRUNCATE TABLE ??', [names.next]);
  let rows = 0;
  const sql = `INSERT INTO ?? (${columns.join(', ')}) VALUES ?`;
  for await (const batch of batches) rows += await database.run(`filling ${names.next}`, sql, [names.next, batch]);
  rows += (await afterFilling?.()) ?? 0;
  await check();
  await swapIn(database, names, mark);
  return { outcome: 'filled', rows };
}

/**
 * Reads the mark of the live rows; undefined when their run is unknown.
 * @throws ConfigError when the rows belong to another client than `client`; as `Database.rows`
 */
export async function readServedMark(
  database: Database,
  { names, holds }: ServedTable,
  client: string | null,
): Promise<TableMark | undefined> {
  const live = await readMark(database, names.live);
  if (live === undefined || live.client === null || live.client === client) return live;
  throw new ConfigError(
    `${describeDatabase(database.address)}: ${names.live} holds the ${holds} of client ${live.client}, and ${client} would ` +
      `replace them. Give each client a database of its own; if ${live.client} no longer uses this one, run: ` +
      `ALTER TABLE ${names.live} COMMENT = ''`,
  );
}

/** Takes the lock of this database, so that one upload works at a time. The lock is held until the connection ends. */
async function lock(database: Database, { live }: TableNames): Promise<void> {
  // The name of a lock is short, and locks of all databases of a server share one list of names.
  const name = `${live} ${createHash('sha256').update(database.address.database).digest('hex').slice(0, 32)}`;
  const doing = `taking the lock, for ${LOCK_SECONDS} s at most: another upload may be at work`;
  const [row] = await database.rows(doing, 'SELECT GET_LOCK(?, ?)', [name, LOCK_SECONDS]);
  if (row?.[0] === 1) return;
  throw new DatabaseUnavailableError(
    `${describeDatabase(database.address)}: another upload to ${live} has been at work for ${LOCK_SECONDS} s`,
  );
}

/** Repairs what an interrupted upload left: afterwards the live and the next table exist, and the old one does not. */
async function repair(database: Database, { names, definition, next: nextIs }: ServedTable): Promise<void> {
  const { live, next, old } = names;
  const tables = await database.rows(
    'looking for tables',
    'SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (?, ?)',
    [live, old],
  );
  const found = new Set(tables.map(([name]) => name));
  // Some older servers may stop between the moves of one RENAME.
  if (found.has(old)) {
    const sql = found.has(live) ? `DROP TABLE ${old}` : `RENAME TABLE ${old} TO ${live}`;
    await database.run(`repairing ${live} after an interrupted upload`, sql);
  }
  const create = (table: string, as: string) =>
    database.run(`creating ${table}`, `CREATE TABLE IF NOT EXISTS ${table} ${as}`);
  const defined = `(${definition}) ENGINE = InnoDB`;
  await create(live, defined);
  await create(next, nextIs === 'likeLive' ? `LIKE ${live}` : defined);
}
