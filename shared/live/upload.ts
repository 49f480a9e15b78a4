/** The task after publishing that fills a table with the published rows. The serving system queries the table. */
import type { AfterPublish, Ahead, AheadRequest, Run } from '../job/job.ts';
import type { JsonValue } from '../json.ts';
import type { TableMark } from '../mysql/table-mark.ts';
import { versionFolder } from '../store/keys.ts';
import { type FilledTable, type FilledTableKind, openFilledTable } from './filled-table.ts';
import { removalInWords } from './move.ts';
import { decideTable } from './table-decision.ts';
import { claimVersion, modelOf, type TablePlace, tableHold, tableState } from './table-state.ts';

/** The settings of a job that fills a table. */
export interface UploadSettings {
  /** The address of the database; empty for no upload. */
  readonly jdbc: string;
  readonly keepVersions: number;
}

/** The longest time that Lambda allows a worker. */
const TIMEOUT_SECONDS = 900;

/** What is filled, and from where. */
interface Uploading {
  /** The folder of the versions below `models/`, which is the job's name. */
  readonly node: string;
  readonly open: (jdbc: string) => Promise<FilledTable>;
}

/** Returns the task `upload` of a job. @param node the job's name */
export function uploadOf(node: string, kind: FilledTableKind): AfterPublish<UploadSettings> {
  const open = (jdbc: string): Promise<FilledTable> => openFilledTable(kind, jdbc);
  return {
    name: 'upload',
    memoryMb: 1024,
    timeoutSeconds: TIMEOUT_SECONDS,
    isWanted: ({ jdbc }) => jdbc !== '',
    ahead: (request) => lookAhead({ node, open }, request),
    run: (run, requestedAt) => uploadPublished({ node, open }, run, requestedAt),
    table: ({ jdbc }) => open(jdbc),
  };
}

/**
 * Returns a warning about `activate` in a job whose model goes live by an upload. Such configurations are usual, because the
 * original's template of the job has the setting, and its upload was a program of its own.
 */
export function uploadWarnings(
  table: string,
  { activate, jdbc }: { readonly activate: boolean; readonly jdbc: string },
): readonly string[] {
  if (!activate) return [];
  const why = `activate has no effect here: the server reads the table ${table}, which jdbc fills`;
  return [
    jdbc === '' ? `${why}. jdbc is not set, so nothing is uploaded: set it, or upload the output by other means` : why,
  ];
}

/**
 * Checks that the database can be reached and filled, and decides if the rows would go live. The run asks this before
 * hours of work.
 * @throws as `openFilledTable`, `FilledTable.read` and `FilledTable.check`
 */
async function lookAhead({ node, open }: Uploading, request: AheadRequest<UploadSettings>): Promise<Ahead> {
  const { settings, client, output: store, isPublished, warn } = request;
  await using table = await open(settings.jdbc);
  const place = { table, client, node, store, keepVersions: settings.keepVersions };
  const now = new Date();
  const mark = markOf(request, request.requestedAt, now);
  const current = await table.read(client);
  const decision = decideTable(mark, { live: current, hold: await tableHold(place), table: table.describe }, now, warn);
  // When the run is published, the upload follows at once, and an error of its own says the same.
  if (!isPublished) await table.check();
  const live = current === undefined ? null : modelOf(place, current);
  if (!decision.goesLive) return { isDone: isPublished, live, notActivated: decision.why };
  // When the same rows were requested later, the upload writes that time into the table's comment, and sends no row.
  const isLater = current !== undefined && Date.parse(mark.requestedAt) > Date.parse(current.requestedAt);
  return { isDone: isPublished && decision.isSame && !isLater, live, notActivated: null };
}

/** @throws as `openFilledTable` and `FilledTable.fill` */
async function uploadPublished(
  { node, open }: Uploading,
  run: Run<UploadSettings>,
  requestedAt: string,
): Promise<JsonValue> {
  const warn = (message: string) => run.log('warn', message);
  const now = new Date();
  const client = run.client!;
  const mark = markOf({ client, day: run.day, run: run.id }, requestedAt, now);
  await using table = await open(run.settings.jdbc);
  const place: TablePlace = { table, client, node, store: run.output, keepVersions: run.settings.keepVersions };
  // The live model is recorded first: the upload that made it live may have been interrupted before recording it.
  await tableState(place, now, warn);
  const folder = versionFolder(client, node, run.day, run.id);
  const filled = await table.fill({ store: run.output, folder }, mark, async (live) => {
    const decision = decideTable(mark, { live, hold: await tableHold(place), table: table.describe }, now, warn);
    if (!decision.goesLive || decision.isSame || (await claimVersion(place, live, modelOf(place, mark), now)))
      return decision;
    return { goesLive: false, why: removalInWords(modelOf(place, mark).location) };
  });
  await tableState(place, now, warn);
  if (filled.outcome === 'filled') return { rows: filled.rows };
  if (filled.outcome === 'alreadyLive') {
    run.log('info', 'the database holds this run’s rows already');
    return { rows: 0 };
  }
  warn(`not activated: ${filled.why}`);
  return { rows: 0, notActivated: filled.why };
}

/** Returns the mark of the run's rows. @param now when they become visible */
function markOf(
  { client, day, run }: { readonly client: string; readonly day: number; readonly run: string },
  requestedAt: string,
  now: Date,
): TableMark {
  return { run, day, requestedAt, client, at: now.toISOString(), by: 'run', because: null };
}
