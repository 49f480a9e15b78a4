/** The table of similarities as what is live: for runs, and for the commands that go back to an earlier one. */
import { SupersededError } from '../../shared/errors.ts';
import { type Manifest, readManifest } from '../../shared/job/manifest.ts';
import type { Filled, LiveTable, MayReplace, Published } from '../../shared/live/live-table.ts';
import { connect, type Database } from '../../shared/mysql/database.ts';
import { describeDatabase } from '../../shared/mysql/jdbc.ts';
import { databaseOf } from '../../shared/mysql/jdbc-setting.ts';
import type { TableMark } from '../../shared/mysql/table-mark.ts';
import type { Store } from '../../shared/store/store.ts';
import { batchesOf } from './published-rows.ts';
import { checkSimilarityTable, liveSimilarities, replaceSimilarities, TABLE } from './similarity-table.ts';

/** A batch takes some tens of milliseconds; emptying and swapping wait for readers, but not so long. */
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

  /** Checks that it can be filled; changes nothing. @throws DatabaseError with the cure */
  check(): Promise<void> {
    return checkSimilarityTable(this.#database);
  }

  async fill({ store, folder }: Published, mark: TableMark, mayReplace: MayReplace): Promise<Filled> {
    const manifest = await manifestOf(store, folder, mark.run);
    return await replaceSimilarities(this.#database, {
      mark,
      batches: batchesOf(store, folder, manifest),
      // Seen before and after reading, the manifest says that all rows are one run's.
      check: async () => void (await manifestOf(store, folder, mark.run)),
      mayReplace,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#database[Symbol.asyncDispose]();
  }
}

async function manifestOf(store: Store, folder: string, run: string): Promise<Manifest> {
  const manifest = await readManifest(store, folder);
  if (manifest?.run === run) return manifest;
  throw new SupersededError(
    `${folder} holds ${manifest ? `run ${manifest.run}` : 'no whole output'} by now, not run ${run}: the database ` +
      'stays as it is, and the run that publishes there uploads its own rows',
  );
}
