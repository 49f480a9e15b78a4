/** `upload`: the published similarities to the database that the serving system queries. */
import { SupersededError } from '../../shared/errors.ts';
import type { AfterPublish, Ahead, AheadRequest, Run } from '../../shared/job/job.ts';
import { type Manifest, readManifest } from '../../shared/job/publish.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Decision } from '../../shared/live/decide.ts';
import { decideTable, liveInTable } from '../../shared/live/table-decision.ts';
import { connect, type Database } from '../../shared/mysql/database.ts';
import { databaseOf } from '../../shared/mysql/jdbc-setting.ts';
import type { TableMark } from '../../shared/mysql/table-mark.ts';
import { dayFolder } from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';
import { batchesOf } from './published-rows.ts';
import { checkSimilarityTable, type Filled, liveSimilarities, replaceSimilarities } from './similarity-table.ts';

/** A batch takes some tens of milliseconds; emptying and swapping wait for readers, but not so long. */
const STATEMENT_MS = 120_000;
/** How the table is called where a node has the location of its model. */
const TABLE = 'item_similarity';

interface UploadSettings {
  readonly jdbc: string;
}

export const upload: AfterPublish<UploadSettings> = {
  name: 'upload',
  memoryMb: 1024,
  timeoutSeconds: 900,
  isWanted: ({ jdbc }) => jdbc !== '',
  ahead: lookAhead,
  run: uploadPublished,
};

/**
 * Before hours of work: whether the database can be reached and filled, and whether the rows would go live.
 * @throws as `connect`, `liveSimilarities` and `checkSimilarityTable`
 */
async function lookAhead(request: AheadRequest<UploadSettings>): Promise<Ahead> {
  const { settings, isPublished, warn } = request;
  await using database = await connect(await databaseOf(settings.jdbc));
  const mark = markOf(request, request.requestedAt, new Date());
  const current = await liveSimilarities(database, request.client);
  const decision = decideTable(mark, { live: current, hold: null, table: TABLE }, new Date(), warn);
  // The upload follows at once where all is published, and says the same.
  if (!isPublished) await checkSimilarityTable(database);
  const live = current === undefined ? null : liveInTable(current, TABLE);
  if (!decision.goes) return { isDone: isPublished, live, notActivated: decision.why };
  // A later request for the same rows counts from then on: the upload says so in the table's comment, and sends no row.
  const isLater = current !== undefined && Date.parse(mark.requestedAt) > Date.parse(current.requestedAt);
  return { isDone: isPublished && decision.isSame && !isLater, live, notActivated: null };
}

/** @throws as `uploadSimilarities` */
async function uploadPublished(run: Run<UploadSettings>, requestedAt: string): Promise<JsonValue> {
  const warn = (message: string) => run.log('warn', message);
  const now = new Date();
  const client = run.client as string;
  const mark = markOf({ client, day: run.day, run: run.id }, requestedAt, now);
  await using database = await openTable(run.settings.jdbc);
  const filled = await uploadSimilarities(
    database,
    { store: run.output, folder: dayFolder(client, 'item-similarity', run.day) },
    mark,
    (live) => decideTable(mark, { live, hold: null, table: TABLE }, now, warn),
  );
  if (filled.outcome === 'filled') return { rows: filled.rows };
  if (filled.outcome === 'alreadyLive') {
    run.log('info', 'the database holds this run’s rows already');
    return { rows: 0 };
  }
  warn(`not activated: ${filled.why}`);
  return { rows: 0, notActivated: filled.why };
}

/** A connection for `uploadSimilarities` and `liveSimilarities`. @throws as `databaseOf` and `connect` */
export const openTable = async (jdbc: string): Promise<Database> =>
  connect(await databaseOf(jdbc), { statementMs: STATEMENT_MS });

/**
 * Makes the similarities of a published folder live, whoever asks for it: a run, or a command that goes back to it.
 *
 * @param mark names the run whose output the folder is
 * @param decide whether the rows may replace the live ones
 * @throws as `replaceSimilarities`; SupersededError where the folder does not hold that run's output, whole
 */
export async function uploadSimilarities(
  database: Database,
  { store, folder }: { readonly store: Store; readonly folder: string },
  mark: TableMark,
  decide: (live: TableMark | undefined) => Decision,
): Promise<Filled> {
  const manifest = await manifestOf(store, folder, mark.run);
  return await replaceSimilarities(database, {
    mark,
    batches: batchesOf(store, folder, manifest),
    // Seen before and after reading, the manifest says that all rows are one run's.
    check: async () => void (await manifestOf(store, folder, mark.run)),
    decide,
  });
}

function markOf(
  { client, day, run }: { readonly client: string; readonly day: number; readonly run: string },
  requestedAt: string,
  now: Date,
): TableMark {
  return { run, day, requestedAt, client, at: now.toISOString(), by: 'run', because: null };
}

async function manifestOf(store: Store, folder: string, run: string): Promise<Manifest> {
  const manifest = await readManifest(store, folder);
  if (manifest?.run === run) return manifest;
  throw new SupersededError(
    `${folder} holds ${manifest ? `run ${manifest.run}` : 'no whole output'} by now, not run ${run}: the database ` +
      'stays as it is, and the run that publishes there uploads its own rows',
  );
}
