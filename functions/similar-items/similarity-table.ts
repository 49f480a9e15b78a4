/**
 * Replaces the table that the serving system queries, as a whole:
 *
 *   1. take the lock   2. repair what an interrupted upload left   3. empty item_similarity_new and fill it
 *   4. one RENAME: item_similarity → _old, _new → item_similarity, _old → _new
 *
 * A reader meets the whole old table until the RENAME, and the whole new one after it. All statements use one
 * connection, because the lock belongs to the connection and ends with it. The table's comment names the run of its
 * rows (`table-mark.ts`). A retry therefore sees which steps are done, and neither older rows nor those of another client
 * replace the rows.
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

/** Seconds to wait for another upload to the same database. After that the attempt fails, and is repeated. */
const LOCK_SECONDS = 20;
/** Seconds to wait for a reader's open transaction. While RENAME waits, new readers wait behind it. */
const TABLE_WAIT_SECONDS = 5;

export type SimilarityRow = readonly [item1: number, item2: number, sim: number];

export interface Filling {
  /** The mark of the run of the rows. */
  readonly mark: TableMark;
  /** The rows. Each batch becomes one statement. */
  readonly batches: AsyncIterable<readonly SimilarityRow[]>;
  /** Throws when the rows may no longer be used. It is called before the rows become visible. */
  readonly check: () => Promise<void>;
  /**
   * Decides if the rows may replace the live ones. It is called under the lock, so nobody else can change the table.
   */
  readonly mayReplace: MayReplace;
}

/**
 * Fills the table and makes its rows live, unless `mayReplace` says no. The live table is whole in every case.
 *
 * @throws ConfigError when the table holds another client's rows; DatabaseUnavailableError, also when another upload
 *   does not end; DatabaseError; as `filling.batches`, `filling.check` and `filling.mayReplace`
 */
export async function replaceSimilarities(database: Database, filling: Filling): Promise<Filled> {
  const { mark, batches, check, mayReplace } = filling;
  await lock(database);
  await database.run('preparing the session', `SET SESSION lock_wait_timeout = ${TABLE_WAIT_SECONDS}`);
  await repair(database);
  const live = await liveSimilarities(database, mark.client);
  const decision = await mayReplace(live);
  if (!decision.goesLive) return { outcome: 'notActivated', why: decision.why };
  if (live !== undefined && decision.isSame) {
    // The same run was requested again: the later of the two requests counts.
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
 * Reads the mark of the live rows; undefined when their run is unknown.
 * @throws ConfigError when the rows belong to another client than `client`; as `Database.rows`
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

/** Checks that the table can be filled, and changes nothing. @throws DatabaseError with the cure; as `Database.rows` */
export const checkSimilarityTable = (database: Database): Promise<void> => checkTables(database, NAMES, RULES);

/** Takes the lock of this database, so that one upload works at a time. The lock is held until the connection ends. */
async function lock(database: Database): Promise<void> {
  // The name of a lock is short, and locks of all databases of a server share one list of names.
  const name = `${NAMES.live} ${createHash('sha256').update(database.address.database).digest('hex').slice(0, 32)}`;
  const doing = `taking the lock, for ${LOCK_SECONDS} s at most: another upload may be at work`;
  const [row] = await database.rows(doing, 'SELECT GET_LOCK(?, ?)', [name, LOCK_SECONDS]);
  if (row?.[0] === 1) return;
  throw new DatabaseUnavailableError(
    `${describeDatabase(database.address)}: another upload to ${NAMES.live} has been at work for ${LOCK_SECONDS} s`,
  );
}

/** Repairs what an interrupted upload left: afterwards the live and the next table exist, and the old one does not. */
async function repair(database: Database): Promise<void> {
  const { live, next, old } = NAMES;
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
  for (const table of [live, next]) {
    await database.run(`creating ${table}`, `CREATE TABLE IF NOT EXISTS ${table} (${COLUMNS}) ENGINE = InnoDB`);
  }
}
