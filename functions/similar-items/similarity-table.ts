/** The table of similarities, which `itemSimilarityRecommender` queries (`shared/mysql/served-table.ts`). */
import type { Filled } from '../../shared/live/live-table.ts';
import type { Database } from '../../shared/mysql/database.ts';
import { type Filling, replaceRows, type ServedTable } from '../../shared/mysql/served-table.ts';
import { checkTables } from '../../shared/mysql/table-checks.ts';
import { tableNames } from '../../shared/mysql/table-mark.ts';

export const SIMILARITY_TABLE: ServedTable = {
  names: tableNames('item_similarity'),
  holds: 'similarities',
  definition:
    'item_id BIGINT NOT NULL, item_id2 BIGINT NOT NULL, score DOUBLE NOT NULL, ' +
    'PRIMARY KEY (item_id, item_id2), UNIQUE KEY (item_id2, item_id)',
  next: 'byDefinition',
  rules: [
    { name: 'item_id', types: ['bigint'], definition: 'BIGINT NOT NULL' },
    { name: 'item_id2', types: ['bigint'], definition: 'BIGINT NOT NULL' },
    { name: 'score', types: ['double'], definition: 'DOUBLE NOT NULL' },
  ],
  columns: ['item_id', 'item_id2', 'score'],
};

export type SimilarityRow = readonly [item1: number, item2: number, sim: number];

/** Fills the table of similarities. @throws as `replaceRows` */
export const replaceSimilarities = (database: Database, filling: Filling): Promise<Filled> =>
  replaceRows(database, SIMILARITY_TABLE, filling);

/** Checks that the table can be filled, and changes nothing. @throws DatabaseError with the cure; as `Database.rows` */
export const checkSimilarityTable = (database: Database): Promise<void> =>
  checkTables(database, SIMILARITY_TABLE.names, SIMILARITY_TABLE.rules);
