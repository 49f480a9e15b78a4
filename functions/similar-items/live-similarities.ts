/** The table of similarities as a `LiveTable`, for runs and for the commands that change what is live. */
import { SupersededError } from '../../shared/errors.ts';
import { type Manifest, readManifest } from '../../shared/job/manifest.ts';
import type { Filled, LiveTable, MayReplace, PublishedRows } from '../../shared/live/live-table.ts';
import { connect, type Database } from '../../shared/mysql/database.ts';
import { describeDatabase } from '../../shared/mysql/jdbc.ts';
import { databaseOf } from '../../shared/mysql/jdbc-setting.ts';
import type { TableMark } from '../../shared/mysql/table-mark.ts';
import type { Store } from '../../shared/store/store.ts';
import { batchesOf } from './published-rows.ts';
import { checkSimilarityTable, liveSimilarities, replaceSimilarities, TABLE } from './similarity-table.ts';

/**
 * The longest time of a statement. A batch takes some tens of milliseconds. Emptying and swapping tables wait for
 * readers, for seconds at most.
 */
const STATEMENT_MS = 120_000;

/** @throws as `databaseOf` and `connect` */
export async function openSimilarities(jdbc: string): Promise<SimilarityTable> {
  return new SimilarityTable(await connect(await databaseOf(jdbc), { statementMs: STATEMENT_MS }));
}

export class SimilarityTable implements LiveTable {
  readonly describe: string;
  readonly #database: Database;

  /** Use `openSimilarities`. */
  constructor(database: Database) {
    this.#database = database;
    this.describe = `${describeDatabase(database.address)}, ${TABLE}`;
  }

  read(client: string): Promise<TableMark | undefined> {
    return liveSimilarities(this.#database, client);
  }

  /** Checks that the table can be filled, and changes nothing. @throws DatabaseError with the cure */
  check(): Promise<void> {
    return checkSimilarityTable(this.#database);
  }

  async fill({ store, folder }: PublishedRows, mark: TableMark, mayReplace: MayReplace): Promise<Filled> {
    const manifest = await manifestOf(store, folder, mark.run);
    return await replaceSimilarities(this.#database, {
      mark,
      batches: batchesOf(store, folder, manifest),
      // The manifest before and after reading names the same run, so all rows are from that run.
      check: async () => void (await manifestOf(store, folder, mark.run)),
      mayReplace,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#database[Symbol.asyncDispose]();
  }
}

/** Reads the manifest of a folder. @throws SupersededError when the folder does not hold the whole output of the run */
async function manifestOf(store: Store, folder: string, run: string): Promise<Manifest> {
  const manifest = await readManifest(store, folder);
  if (manifest?.run === run) return manifest;
  throw new SupersededError(
    `${folder} now holds ${manifest ? `run ${manifest.run}` : 'no whole output'}, not run ${run}: the database is not ` +
      'changed, and the run that publishes to this folder uploads its own rows',
  );
}
