/**
 * The table of popular items, which `mostPopularRecommender` and `mostPopularIncluder` query. The server casts ids to `Long` and
 * scores to `Float` without a check, so other types of the columns make every request fail.
 *
 * Items that must be in the table in any case come from a table of the client's own, `items_recent_popularity_assets`. Rows of
 * the run win over its rows.
 */
import { DatabaseError } from '../../shared/errors.ts';
import type { FilledTableKind } from '../../shared/live/filled-table.ts';
import { batchesOf, type PublishedOutput, type RecordForm } from '../../shared/live/published-rows.ts';
import type { Database } from '../../shared/mysql/database.ts';
import { describeDatabase } from '../../shared/mysql/jdbc.ts';
import type { ServedTable } from '../../shared/mysql/served-table.ts';
import { checkColumns } from '../../shared/mysql/table-checks.ts';
import { tableNames } from '../../shared/mysql/table-mark.ts';

const NAMES = tableNames('items_recent_popularity');
const ASSETS = 'items_recent_popularity_assets';
/** The largest id that fits INT UNSIGNED. */
const LARGEST_NARROW = 2 ** 32 - 1;
/** The largest values of FLOAT and INT. */
const LARGEST_SCORE = 3.4028234663852886e38;
const LARGEST_DECAY = 2 ** 31 - 1;

const TABLE: ServedTable = {
  names: NAMES,
  holds: 'popular items',
  definition:
    'item_id INT UNSIGNED NOT NULL, score FLOAT DEFAULT 0, decay_id INT NOT NULL DEFAULT 0, ' +
    'last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, ' +
    'PRIMARY KEY (item_id, decay_id), KEY (score, decay_id), KEY (decay_id)',
  next: 'likeLive',
  rules: [
    {
      name: 'item_id',
      types: ['int', 'bigint'],
      wholeType: /^(int(\(\d+\))? unsigned|bigint(\(\d+\))?)$/,
      definition: 'BIGINT NOT NULL',
    },
    { name: 'score', types: ['float'], wholeType: /^float(\(\d+\))?$/, definition: 'FLOAT DEFAULT 0' },
    {
      name: 'decay_id',
      types: ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'],
      definition: 'INT NOT NULL DEFAULT 0',
      byDefault: '0',
      mayBeMissing: true,
    },
  ],
  columns: ['item_id', 'score'],
};

type PopularityRow = readonly [item: number, count: number];

const RECORDS: RecordForm<PopularityRow> = {
  count: 'items',
  rowOf: (line) => {
    const { item, count } = JSON.parse(line) as { item: number; count: number };
    return [item, count];
  },
};

export const POPULARITIES: FilledTableKind = {
  table: TABLE,
  records: RECORDS,
  check: async (database) => {
    await checkCopying(database);
    if (await hasAssets(database)) await checkAssets(database);
  },
  beforeEmptying: async (database, output) => {
    await checkColumns(database, NAMES, TABLE.rules);
    if (await isNarrow(database)) await checkIdsFit(database, output);
    if (await hasAssets(database)) await checkAssets(database);
  },
  afterFilling: async (database) => ((await hasAssets(database)) ? addAssets(database) : 0),
};

/** Checks that a missing next table can be made like the live one. @throws DatabaseError with the missing right */
async function checkCopying(database: Database): Promise<void> {
  const found = await tablesAmong(database, [NAMES.live, NAMES.next]);
  if (!found.has(NAMES.live) || found.has(NAMES.next)) return;
  await database.rows(
    `checking that ${NAMES.next} can be made like ${NAMES.live} (SELECT on ${NAMES.live} is needed)`,
    'SELECT item_id FROM ?? LIMIT 0',
    [NAMES.live],
  );
}

/** True when an id above 2^32 − 1 does not fit one of the two tables. A missing table will have narrow ids. */
async function isNarrow(database: Database): Promise<boolean> {
  const rows = await database.rows(
    'checking the ids that fit',
    'SELECT TABLE_NAME, DATA_TYPE FROM information_schema.COLUMNS ' +
      "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (?, ?) AND COLUMN_NAME = 'item_id'",
    [NAMES.live, NAMES.next],
  );
  const types = new Map(rows.map(([table, type]) => [String(table), String(type).toLowerCase()]));
  return types.get(NAMES.live) !== 'bigint' || (types.get(NAMES.next) ?? 'bigint') !== 'bigint';
}

/** A server without strict mode would store 4294967295 for every larger id. @throws DatabaseError with the statement to run */
async function checkIdsFit(database: Database, output: PublishedOutput): Promise<void> {
  for await (const batch of batchesOf(output, RECORDS)) {
    const large = batch.find(([item]) => item > LARGEST_NARROW);
    if (large !== undefined) throw tooLarge(database, `item ${large[0]}`, output.folder);
  }
}

function tooLarge(database: Database, what: string, where: string): DatabaseError {
  const cure = [NAMES.live, NAMES.next].map((table) => `ALTER TABLE ${table} MODIFY item_id BIGINT NOT NULL`);
  return new DatabaseError(
    `${describeDatabase(database.address)}: ${what} of ${where} does not fit ${NAMES.live}, whose item_id is INT UNSIGNED ` +
      `and ends at ${LARGEST_NARROW}. Nothing was changed. Run: ${cure.join('; ')}`,
  );
}

const hasAssets = async (database: Database): Promise<boolean> => (await tablesAmong(database, [ASSETS])).has(ASSETS);

/** Returns those of the tables that are there. */
async function tablesAmong(database: Database, tables: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await database.rows(
    'looking for tables',
    'SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (?)',
    [tables],
  );
  return new Set(rows.map(([name]) => String(name)));
}

/**
 * Checks that every row of the assets can be copied as it is. INSERT IGNORE would change a value that does not fit without an
 * error.
 * @throws DatabaseError
 */
async function checkAssets(database: Database): Promise<void> {
  const narrow = await isNarrow(database);
  const most = narrow ? LARGEST_NARROW : Number.MAX_SAFE_INTEGER;
  const [row] = await database.rows(
    `checking the rows of ${ASSETS} (SELECT is needed, on item_id, score and decay_id)`,
    'SELECT item_id, score, decay_id FROM ?? ' +
      'WHERE item_id IS NULL OR score IS NULL OR decay_id IS NULL OR item_id < 0 OR item_id > ? ' +
      'OR ABS(score) > ? OR ABS(decay_id) > ? LIMIT 1',
    [ASSETS, most, LARGEST_SCORE, LARGEST_DECAY],
  );
  if (row === undefined) return;
  const [item, score, decay] = row;
  if (narrow && Number(item) > LARGEST_NARROW) throw tooLarge(database, `item ${item}`, ASSETS);
  throw new DatabaseError(
    `${describeDatabase(database.address)}: ${ASSETS} has a row with item_id ${item}, score ${score} and decay_id ${decay}. ` +
      'Ids must be from 0 to 2^53 - 1, scores must fit FLOAT and decay ids INT, and no value may be NULL: correct the row or ' +
      'remove it. Nothing was changed',
  );
}

const addAssets = (database: Database): Promise<number> =>
  database.run(
    `adding the rows of ${ASSETS}`,
    'INSERT IGNORE INTO ?? (item_id, score, decay_id) SELECT item_id, score, decay_id FROM ??',
    [NAMES.next, ASSETS],
  );
