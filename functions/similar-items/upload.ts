/** `upload` copies the published similarities to the database that the serving system queries. */
import type { AfterPublish, Ahead, AheadRequest, Run } from '../../shared/job/job.ts';
import type { JsonValue } from '../../shared/json.ts';
import { removalInWords } from '../../shared/live/move.ts';
import { decideTable } from '../../shared/live/table-decision.ts';
import { claimVersion, modelOf, type TablePlace, tableHold, tableState } from '../../shared/live/table-state.ts';
import type { TableMark } from '../../shared/mysql/table-mark.ts';
import { versionFolder } from '../../shared/store/keys.ts';
import { openSimilarities } from './live-similarities.ts';
import type { SimilaritySettings } from './settings.ts';
import { TIMEOUT_SECONDS } from './sizes.ts';

type UploadSettings = Pick<SimilaritySettings, 'jdbc' | 'keepVersions'>;

/** The folder of the versions, below `models/`. */
const NODE = 'similar-items';

export const upload: AfterPublish<UploadSettings> = {
  name: 'upload',
  memoryMb: 1024,
  timeoutSeconds: TIMEOUT_SECONDS,
  isWanted: ({ jdbc }) => jdbc !== '',
  ahead: lookAhead,
  run: uploadPublished,
  table: ({ jdbc }) => openSimilarities(jdbc),
};

/**
 * Checks that the database can be reached and filled, and decides if the rows would go live. The run asks this before
 * hours of work.
 * @throws as `openSimilarities`, `SimilarityTable.read` and `SimilarityTable.check`
 */
async function lookAhead(request: AheadRequest<UploadSettings>): Promise<Ahead> {
  const { settings, client, output: store, isPublished, warn } = request;
  await using table = await openSimilarities(settings.jdbc);
  const place = { table, client, node: NODE, store, keepVersions: settings.keepVersions };
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

/** @throws as `openSimilarities` and `SimilarityTable.fill` */
async function uploadPublished(run: Run<UploadSettings>, requestedAt: string): Promise<JsonValue> {
  const warn = (message: string) => run.log('warn', message);
  const now = new Date();
  const client = run.client!;
  const mark = markOf({ client, day: run.day, run: run.id }, requestedAt, now);
  await using table = await openSimilarities(run.settings.jdbc);
  const place: TablePlace = { table, client, node: NODE, store: run.output, keepVersions: run.settings.keepVersions };
  // The live model is recorded first: the upload that made it live may have been interrupted before recording it.
  await tableState(place, now, warn);
  const folder = versionFolder(client, NODE, run.day, run.id);
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
