/** A table that a job fills with its published rows, as a `LiveTable`: for runs, and for the commands that change what is live. */
import { SupersededError } from '../errors.ts';
import { type Manifest, readManifest } from '../job/manifest.ts';
import { connect, type Database } from '../mysql/database.ts';
import { describeDatabase } from '../mysql/jdbc.ts';
import { databaseOf } from '../mysql/jdbc-setting.ts';
import { readServedMark, replaceRows, type ServedTable } from '../mysql/served-table.ts';
import { checkTables } from '../mysql/table-checks.ts';
import type { TableMark } from '../mysql/table-mark.ts';
import type { Store } from '../store/store.ts';
import type { Filled, LiveTable, MayReplace, PublishedRows } from './live-table.ts';
import { batchesOf, type PublishedOutput, type RecordForm } from './published-rows.ts';

/** A table, and how a published output becomes its rows. */
export interface FilledTableKind {
  readonly table: ServedTable;
  readonly records: RecordForm<readonly number[]>;
  /** Checks more than the columns, before a run. It changes nothing. */
  readonly check?: (database: Database) => Promise<void>;
  /** As in `Filling`. */
  readonly beforeEmptying?: (database: Database, output: PublishedOutput) => Promise<void>;
  /** As in `Filling`. */
  readonly afterFilling?: (database: Database) => Promise<number>;
}

/**
 * The longest time of a statement. A batch takes some tens of milliseconds. Emptying and swapping tables wait for
 * readers, for seconds at most.
 */
const STATEMENT_MS = 120_000;

/** @throws as `databaseOf` and `connect` */
export async function openFilledTable(kind: FilledTableKind, jdbc: string): Promise<FilledTable> {
  return new FilledTable(kind, await connect(await databaseOf(jdbc), { statementMs: STATEMENT_MS }));
}

export class FilledTable implements LiveTable {
  readonly describe: string;
  readonly #kind: FilledTableKind;
  readonly #database: Database;

  /** Use `openFilledTable`. */
  constructor(kind: FilledTableKind, database: Database) {
    this.#kind = kind;
    this.#database = database;
    this.describe = `${describeDatabase(database.address)}, ${kind.table.names.live}`;
  }

  read(client: string): Promise<TableMark | undefined> {
    return readServedMark(this.#database, this.#kind.table, client);
  }

  /** Checks that the table can be filled, and changes nothing. @throws DatabaseError with the cure */
  async check(): Promise<void> {
    const { table, check } = this.#kind;
    await checkTables(this.#database, table.names, table.rules);
    await check?.(this.#database);
  }

  async fill({ store, folder }: PublishedRows, mark: TableMark, mayReplace: MayReplace): Promise<Filled> {
    const { table, records, beforeEmptying, afterFilling } = this.#kind;
    const output = { store, folder, manifest: await manifestOf(store, folder, mark.run) };
    return await replaceRows(this.#database, table, {
      mark,
      batches: batchesOf(output, records),
      // The manifest before and after reading names the same run, so all rows are from that run.
      check: async () => void (await manifestOf(store, folder, mark.run)),
      mayReplace,
      beforeEmptying: async () => await beforeEmptying?.(this.#database, output),
      afterFilling: async () => (await afterFilling?.(this.#database)) ?? 0,
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
