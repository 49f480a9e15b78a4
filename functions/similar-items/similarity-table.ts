/**
 * The table that the serving system queries, replaced as a whole:
 *
 *   1. take the lock   2. mend what an interrupted upload left   3. empty item_similarity_new and fill it
 *   4. one RENAME: item_similarity → _old, _new → item_similarity, _old → _new
 *
 * A reader meets the whole old table until the RENAME and the whole new one after it. All goes over one connection: the
 * lock is the connection's, so it ends with it. Whose rows a table holds stands in its comment, which a RENAME moves along:
 * so a retry sees what it has done already, and an older request never replaces a newer one's rows.
 */
import { createHash } from 'node:crypto';
import { DatabaseUnavailableError, SupersededError } from '../../shared/errors.ts';
import type { Database } from '../../shared/mysql/database.ts';
import { describeDatabase } from '../../shared/mysql/jdbc.ts';

const LIVE = 'item_similarity';
const NEW = 'item_similarity_new';
const OLD = 'item_similarity_old';
const COLUMNS =
  'item_id BIGINT NOT NULL, item_id2 BIGINT NOT NULL, score DOUBLE NOT NULL, ' +
  'PRIMARY KEY (item_id, item_id2), UNIQUE KEY (item_id2, item_id)';

/** Another upload to the same database is waited for so long, s; then the attempt fails and is made again. */
const LOCK_SECONDS = 20;
/** A reader's open transaction is waited for so long, s: while RENAME waits, new readers wait behind it. */
const TABLE_WAIT_SECONDS = 5;

/** Who fills the table. */
export interface Upload {
  /** 16 hex digits. */
  readonly run: string;
  readonly day: number;
  /** ISO-8601: the later request wins. */
  readonly requestedAt: string;
}

export type SimilarityRow = readonly [item1: number, item2: number, sim: number];

/**
 * Fills the table with `batches`, one statement each. Resolves to the number of rows, or undefined where the table holds
 * this run's rows already.
 *
 * @param check throws where the rows are no longer to be used; called before they become visible
 * @throws SupersededError where the table holds a later request's rows; DatabaseUnavailableError, also where another
 *   upload does not end; DatabaseError; what `batches` and `check` throw. The live table is whole in every case
 */
export async function replaceSimilarities(
  database: Database,
  upload: Upload,
  batches: AsyncIterable<readonly SimilarityRow[]>,
  check: () => Promise<void>,
): Promise<number | undefined> {
  await lock(database);
  await database.run('preparing the session', `SET SESSION lock_wait_timeout = ${TABLE_WAIT_SECONDS}`);
  await mend(database);
  if (await isInPlace(database, upload)) return undefined;

  await database.run(`emptying ${NEW}`, `TRUNCATE TABLE ${NEW}`);
  let rows = 0;
  for await (const batch of batches) {
    const sql = `INSERT INTO ${NEW} (item_id, item_id2, score) VALUES ?`;
    rows += await database.run(`filling ${NEW}`, sql, [batch]);
  }
  await mark(database, NEW, upload);
  await check();
  await database.run('swapping the tables', `RENAME TABLE ${LIVE} TO ${OLD}, ${NEW} TO ${LIVE}, ${OLD} TO ${NEW}`);
  return rows;
}

/** One upload at a time: the lock of this database's name, held until the connection ends. */
async function lock(database: Database): Promise<void> {
  // Names of locks are short, and the whole server's.
  const name = `${LIVE} ${createHash('sha256').update(database.address.database).digest('hex').slice(0, 32)}`;
  const [row] = await database.rows('taking the lock', 'SELECT GET_LOCK(?, ?)', [name, LOCK_SECONDS]);
  if (row?.[0] === 1) return;
  throw new DatabaseUnavailableError(
    `${describeDatabase(database.address)}: another upload to ${LIVE} has been at work for ${LOCK_SECONDS} s`,
  );
}

/** Both tables are there afterwards, and no third. */
async function mend(database: Database): Promise<void> {
  const tables = await database.rows(
    'looking for tables',
    'SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (?, ?)',
    [LIVE, OLD],
  );
  const found = new Set(tables.map(([name]) => name));
  // Servers that are not of today may be stopped between the moves of one RENAME.
  if (found.has(OLD)) {
    const sql = found.has(LIVE) ? `DROP TABLE ${OLD}` : `RENAME TABLE ${OLD} TO ${LIVE}`;
    await database.run(`mending ${LIVE} after an interrupted upload`, sql);
  }
  for (const table of [LIVE, NEW]) {
    await database.run(`creating ${table}`, `CREATE TABLE IF NOT EXISTS ${table} (${COLUMNS}) ENGINE = InnoDB`);
  }
}

const mark = (database: Database, table: string, upload: Upload): Promise<number> =>
  database.run(`marking ${table}`, `ALTER TABLE ${table} COMMENT = ?`, [JSON.stringify(upload)]);

/** Whether the live table holds this run's rows. @throws SupersededError where it holds those of a later request */
async function isInPlace(database: Database, upload: Upload): Promise<boolean> {
  const [row] = await database.rows(
    `asking whose rows ${LIVE} holds`,
    'SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
    [LIVE],
  );
  const live = readMark(String(row?.[0] ?? ''));
  if (live === undefined) return false;
  // As instants: clocks write them with and without milliseconds.
  if (Date.parse(live.requestedAt) > Date.parse(upload.requestedAt)) {
    throw new SupersededError(
      `${describeDatabase(database.address)}: ${LIVE} holds the rows of a newer request (${live.requestedAt}, run ` +
        `${live.run}, day ${live.day}): they stay, those of this one (${upload.requestedAt}) are not needed`,
    );
  }
  if (live.run !== upload.run) return false;
  // Asked for again: from now on that counts.
  if (live.requestedAt !== upload.requestedAt) await mark(database, LIVE, upload);
  return true;
}

/** Undefined for the comment of a table that no upload has filled. */
function readMark(comment: string): Upload | undefined {
  return comment.startsWith('{"run":') ? (JSON.parse(comment) as Upload) : undefined;
}
