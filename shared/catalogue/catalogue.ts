/**
 * The inputs of a job that reads a catalogue of items beside its day folders:
 *
 *   inputs: withCatalogue(dayFolders('actions'), dimensionsReader)
 */
import type { InputListing, InputRequest, InputSource } from '../job/job.ts';
import type { OpenStore } from '../job/run.ts';
import type { Warn } from '../live/documents.ts';
import { type Database, withConnection } from '../mysql/database.ts';
import { databaseOf } from '../mysql/jdbc-setting.ts';
import type { CatalogueSettings } from './settings.ts';

/** The snapshots of a run's inputs, by name. */
export type Snapshots = NonNullable<InputListing['snapshots']>;

/** Reads one kind of feature from a database or from a file. The same catalogue gives the same snapshot from both. */
export interface CatalogueReader<C> {
  readonly fromDatabase: (database: Database, settings: C, openStore: OpenStore, warn: Warn) => Promise<Snapshots>;
  readonly fromFile: (settings: C, openStore: OpenStore, warn: Warn) => Promise<Snapshots>;
}

/** Adds a snapshot of the catalogue to a job's inputs. @throws every error of the reader; as `withConnection` */
export function withCatalogue<D, C extends CatalogueSettings>(
  days: InputSource<D>,
  reader: CatalogueReader<C>,
): InputSource<C & D> {
  const list = async (request: InputRequest<C & D>): Promise<InputListing> => {
    const { settings, openStore } = request;
    const listing = await days.list(request);
    const warnings = [...listing.warnings];
    const warn: Warn = (message) => warnings.push(message);
    const snapshots =
      settings.jdbc === ''
        ? await reader.fromFile(settings, openStore, warn)
        : await withConnection(await databaseOf(settings.jdbc, warn), async (database) => {
            // In one transaction all pages of all tables show the same moment.
            await database.run('preparing to read', 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
            await database.run('preparing to read', 'START TRANSACTION WITH CONSISTENT SNAPSHOT');
            return reader.fromDatabase(database, settings, openStore, warn);
          });
    return { ...listing, warnings, snapshots: { ...listing.snapshots, ...snapshots } };
  };
  return { ...days, list };
}
