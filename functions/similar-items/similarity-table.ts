/**
 * The table that the serving system queries, replaced as a whole:
 *
 *   1. take the lock   2. mend what an interrupted upload left   3. empty item_similarity_new and fill it
 *   4. one RENAME: item_similarity → _old, _new → item_similarity, _old → _new
 *
 * A reader meets the whole old table until the RENAME and the whole new one after it. All goes over one connection: the
 * lock is the connection's, so it ends with it. Whose rows a table holds stands in its comment (`table-mark.ts`): so a retry
 * sees what it has done already, and no rows are replaced by older ones or by another client's.
 */
import { createHash } from 'node:crypto';
import { ConfigError, DatabaseUnavailableError } from '../../shared/errors.ts';
import type { Filled, MayReplace } from '../../shared/live/live-table.ts';
import type { Database } from '../../shared/mysql/database.ts';
import { describeDatabase } from '../../shared/mysql/jdbc.ts';
import { type ColumnRule, checkTables } from '../../shared/mysql/table-checks.ts';
import { readMark, swapIn, type TableMark, tableNames, writeMark } from '../../shared/mysql/table-mark.ts';

export const TABLE = 'item_similarity';
const NAMES = tableNames(TABLE);
const COLUMNS =
  'item_id BIGINT NOT NULL, item_id2 BIGINT NOT NULL, score DOUBLE NOT NULL, ' +
  'PRIMARY KEY (item_id, item_id2), UNIQUE KEY (item_id2, item_id)';
const RULES: readonly ColumnRule[] = [
  { name: 'item_id', types: ['bigint'], definition: 'BIGINT NOT NULL' },
  { name: 'item_id2', types: ['bigint'], definition: 'BIGINT NOT NULL' },
  { name: 'score', types: ['double'], definition: 'DOUBLE NOT NULL' },
];

/** Another upload to the same database is waited for so long, s; then the attempt fails and is made again. */
const LOCK_SECONDS = 20;
/** A reader's open transaction is waited for so long, s: while RENAME waits, new readers wait behind it. */
const TABLE_WAIT_SECONDS = 5;

export type SimilarityRow = readonly [item1: number, item2: number, sim: number];

export interface Filling {
  /** Whose rows these are. */
  readonly mark: TableMark;
  /** Each becomes one statement. */
  readonly batches: AsyncIterable<readonly SimilarityRow[]>;
  /** Throws where the rows are no longer to be used; called before they become visible. */
  readonly check: () => Promise<void>;
  /** Asked when nobody else can change the table. */
  readonly mayReplace: MayReplace;
}

/**
 * Fills the table and makes it live, unless `mayReplace` says no.
 *
 * @throws ConfigError where the table holds another client's rows; DatabaseUnavailableError, also where another upload does
 *   not end; DatabaseError; what the parts of `filling` throw. The live table is whole in every case
 */
export async function replaceSimilarities(database: Database, filling: Filling): Promise<Filled> {
  const { mark, batches, check, mayReplace } = filling;
  await lock(database);
  await database.run('preparing the session', `SET SESSION lock_wait_timeout = ${TABLE_WAIT_SECONDS}`);
  await mend(database);
  const live = await liveSimilarities(database, mark.client);
  const decision = await mayReplace(live);
  if (!decision.goesLive) return { outcome: 'notActivated', why: decision.why };
  if (live !== undefined && decision.isSame) {
    // Asked for again: from now on the later request counts.
    const isLater = Date.parse(mark.requestedAt) > Date.parse(live.requestedAt);
    if (isLater) await writeMark(database, NAMES.live, { ...live, requestedAt: mark.requestedAt, client: mark.client });
    return { outcome: 'alreadyLive' };
  }

  await database.run(`emptying ${NAMES.next}`, 'TRUNCATE TABLE ??', [NAMES.next]);
  let rows = 0;
  for await (const batch of batches) {
    const sql = 'INSERT INTO ?? (item_id, item_id2, score) VALUES ?';
    rows += await database.run(`filling ${NAMES.next}`, sql, [NAMES.next, batch]);
  }
  await check();
  await swapIn(database, NAMES, mark);
  return { outcome: 'filled', rows };
}

/**
 * Whose rows are live; undefined where nobody knows.
 * @throws ConfigError where they are another client's than `client`; as `Database.rows`
 */
export async function liveSimilarities(database: Database, client: string | null): Promise<TableMark | undefined> {
  const live = await readMark(database, NAMES.live);
  if (live === undefined || live.client === null || live.client === client) return live;
  throw new ConfigError(
    `${describeDatabase(database.address)}: ${NAMES.live} holds the similarities of client ${live.client}, and ${client} would ` +
      `replace them. Give each client a database of its own; if ${live.client} no longer uses this one, run: ` +
      `ALTER TABLE ${NAMES.live} COMMENT = ''`,
  );
}

/** Checks that the table can be filled; changes nothing. @throws DatabaseError with the cure; as `Database.rows` */
export const checkSimilarityTable = (database: Database): Promise<void> => checkTables(database, NAMES, RULES);

/** One upload at a time: the lock of this database's name, held until the connection ends. */
async function lock(database: Database): Promise<void> {
  // Names of locks are short, and the whole server's.
  const name = `${NAMES.live} ${createHash('sha256').update(database.address.database).digest('hex').slice(0, 32)}`;
  const doing = `taking the lock, for ${LOCK_SECONDS} s at most: another upload may be at work`;
  const [row] = await database.rows(doing, 'SELECT GET_LOCK(?, ?)', [name, LOCK_SECONDS]);
  if (row?.[0] === 1) return;
  throw new DatabaseUnavailableError(
    `${describeDatabase(database.address)}: another upload to ${NAMES.live} has been at work for ${LOCK_SECONDS} s`,
  );
}

/** Both tables are there afterwards, and no third. */
async function mend(database: Database): Promise<void> {
  const { live, next, old } = NAMES;
  const tables = await database.rows(
    'looking for tables',
    'SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (?, ?)',
    [live, old],
  );
  const found = new Set(tables.map(([name]) => name));
  // Servers that are not of today may be stopped between the moves of one RENAME.
  if (found.has(old)) {
    const sql = found.has(live) ? `DROP TABLE ${old}` : `RENAME TABLE ${old} TO ${live}`;
    await database.run(`mending ${live} after an interrupted upload`, sql);
  }
  for (const table of [live, next]) {
    await database.run(`creating ${table}`, `CREATE TABLE IF NOT EXISTS ${table} (${COLUMNS}) ENGINE = InnoDB`);
  }
}
