/**
 * The rows of `offline models`, one for each model of one client or of all: the live model, the newest one, the verdict and
 * the hold.
 */
import { ALL_CLIENTS } from '../activation/nodes.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import { defined } from '../defined.ts';
import { ConfigError, DamagedObjectError, DatabaseError, DatabaseUnavailableError } from '../errors.ts';
import { evaluatedDays } from '../evaluation/evaluated-days.ts';
import { type Quality, readQuality } from '../evaluation/quality.ts';
import { dateOf } from '../in-words.ts';
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import { readManifestIfIntact } from '../job/manifest.ts';
import type { JsonValue } from '../json.ts';
import { MS_PER_DAY } from '../model/time.ts';
import { dayFoldersIn } from '../store/day-folders.ts';
import { dayFolder, VERDICT, versionFolder } from '../store/keys.ts';
import { formatLocation, parseLocation } from '../store/location.ts';
import type { Store } from '../store/store.ts';
import { newestOf as newestVerdictOf, readVerdict, readVerdicts } from '../verdict/verdict-history.ts';
import { type CommandPlaceOfJob, type LiveEnvironment, openTable, placeOf } from './command-place.ts';
import type { CommandPlace } from './commands.ts';
import { futureInWords } from './decide.ts';
import { unlessDamaged, type Warn } from './documents.ts';
import { readLive } from './live-node.ts';
import type { Hold, LiveModel } from './record.ts';
import { modelOf, tableHold } from './table-state.ts';
import { publishedVersions, requestedLast, type Version } from './versions.ts';

/** One model of one client. Days are days since 1970-01-01 UTC, dates `2011-12-09`. */
export type ModelRow = {
  readonly client: string;
  readonly job: string;
  readonly node: string;
  readonly live: {
    readonly location: string;
    readonly day: number | null;
    readonly date: string | null;
    readonly run: string | null;
    readonly ageDays: number | null;
    /** The counts of the model's manifest; null when no manifest can be read. */
    readonly counts: Readonly<Record<string, JsonValue>> | null;
  } | null;
  readonly newest: { readonly day: number; readonly date: string; readonly run: string | null } | null;
  /** The newest verdict on the live model; null when it was never judged. */
  readonly verdict: string | null;
  readonly held: Hold | null;
  /** The newest evaluation of the job's models; absent when none was evaluated. */
  readonly evaluation?: Quality;
};

/**
 * Returns a row for each model, clients ascending and each client's jobs ascending.
 * @param only the client; undefined for all clients
 * @param warn hears of models that are left out, and of a live day or time in the future
 */
export async function modelRows(
  root: ConfigRoot,
  only: string | undefined,
  environment: LiveEnvironment,
  warn: Warn,
): Promise<ModelRow[]> {
  const clients = only === undefined ? await root.children(ALL_CLIENTS) : [only];
  const jobs = environment.jobs.filter((job) => modelsNodeOf(job) !== undefined);
  const inOrder = jobs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const now = (environment.now ?? (() => new Date()))();
  const rows: ModelRow[] = [];
  for (const client of clients) {
    for (const job of inOrder) {
      const row = await rowUnlessBroken(root, client, job, environment, now, warn);
      if (row !== undefined) rows.push(row);
    }
  }
  if (clients.length === 0) warn(`${root.describe} knows no client: nothing lies below ${ALL_CLIENTS}`);
  return rows;
}

/**
 * Returns the row of one model. An unreadable configuration or document gives a warning, so it hides no other client's
 * models.
 */
async function rowUnlessBroken(
  root: ConfigRoot,
  client: string,
  job: AnyJob,
  environment: LiveEnvironment,
  now: Date,
  warn: Warn,
): Promise<ModelRow | undefined> {
  try {
    const place = await placeOf(root, client, job, environment);
    const state = await stateOf(job, place, now);
    const inFuture = futureInWords(state.live, now);
    if (inFuture !== undefined) warn(`${client}, ${job.name}: ${inFuture}`);
    return await modelRow(place, job, state, now, (words) => warn(`${client}, ${job.name}: ${words}`));
  } catch (error) {
    const concernsThisModel =
      error instanceof ConfigError ||
      error instanceof DamagedObjectError ||
      error instanceof DatabaseError ||
      error instanceof DatabaseUnavailableError;
    if (!concernsThisModel) throw error;
    warn(`${client}, ${job.name}: left out: ${error.message}`);
    return undefined;
  }
}

/** Reads the live model and the hold on it, and changes nothing. */
async function stateOf(job: AnyJob, place: CommandPlaceOfJob, now: Date) {
  if (job.afterPublish?.table === undefined) {
    const { state } = await readLive(place, { now });
    return { live: state.record?.live ?? null, hold: state.record?.hold ?? null };
  }
  await using table = await openTable(job, place);
  if (table === undefined) return { live: null, hold: null };
  const mark = await table.read(place.client);
  return { live: mark === undefined ? null : modelOf(place, mark), hold: await tableHold({ ...place, table }) };
}

/**
 * Returns the row of one model; undefined when nothing is live, published or held.
 * @param warn hears of a damaged verdict, which is null in the row, and of damaged evaluations
 */
async function modelRow(
  place: CommandPlaceOfJob,
  job: AnyJob,
  state: { readonly live: LiveModel | null; readonly hold: Hold | null },
  now: Date,
  warn: Warn,
): Promise<ModelRow | undefined> {
  const newest = await newestOf(place, now);
  const { live, hold } = state;
  if (live === null && newest === undefined && hold === null) return undefined;
  const { client, node } = place;
  const found = live && (await folderAt(place, live));
  return defined<ModelRow>({
    client,
    job: job.name,
    node,
    live: live && {
      location: live.location,
      day: live.day,
      date: live.day === null ? null : dateOf(live.day),
      run: live.run,
      ageDays: live.day === null ? null : Math.floor(now.getTime() / MS_PER_DAY) - live.day,
      counts: found ? ((await readManifestIfIntact(found.store, found.folder))?.counts ?? null) : null,
    },
    newest: newest === undefined ? null : { day: newest.day, date: dateOf(newest.day), run: newest.run },
    verdict: found ? await verdictOf(place, live, found, warn) : null,
    held: hold,
    evaluation: place.gateQuality === undefined ? undefined : await qualityOf(place, job, warn),
  });
}

async function qualityOf({ store, client }: CommandPlace, job: AnyJob, warn: Warn): Promise<Quality | undefined> {
  return readQuality(store, client, job.name, await evaluatedDays(store, client), warn);
}

/**
 * Returns the version of the largest day. Among several of that day it is the one that was requested last. Without any
 * version it is the largest day folder.
 */
async function newestOf(place: CommandPlace, now: Date): Promise<{ day: number; run: string | null } | undefined> {
  const all = await publishedVersions(place);
  const day = all.at(-1)?.day;
  if (day === undefined) return newestDayFolder(place);
  return requestedLast(
    place,
    all.filter((version) => version.day === day),
    now,
  );
}

/** Returns the newest day folder, for models of a release without versions. */
async function newestDayFolder({ store, client, jobFolder }: CommandPlace): Promise<Version | undefined> {
  const folder = `${dayFolder(client, jobFolder, 0).slice(0, -2)}`;
  const newest = (await dayFoldersIn(store, folder)).whole.at(-1);
  if (newest === undefined) return undefined;
  const manifest = await readManifestIfIntact(store, dayFolder(client, jobFolder, newest));
  return manifest && { day: newest, run: manifest.run };
}

/** Finds the folder of a live model, below the output root or elsewhere. */
async function folderAt(
  place: CommandPlace,
  { location, day, run }: LiveModel,
): Promise<{ store: Store; folder: string }> {
  const { store, client, node, openStore } = place;
  const root = formatLocation(parseLocation(store.root));
  const at = formatLocation(parseLocation(location));
  if (day !== null && run !== null && at === `${root}/${versionFolder(client, node, day, run).slice(0, -1)}`) {
    return { store, folder: versionFolder(client, node, day, run) };
  }
  if (at.startsWith(`${root}/`)) return { store, folder: `${at.slice(root.length + 1)}/` };
  return { store: await openStore(at), folder: '' };
}

/** Returns the newest verdict on the live model: the one in the history, or else the first one, which lies beside the model. */
async function verdictOf(
  place: CommandPlace,
  live: LiveModel | null,
  { store, folder }: { readonly store: Store; readonly folder: string },
  warn: Warn,
): Promise<string | null> {
  const later = await unlessDamaged(() => laterVerdict(place, live), undefined, warn);
  if (later !== undefined) return later;
  const first = await unlessDamaged(() => readVerdict(store, folder + VERDICT), undefined, warn);
  return first?.verdict ?? null;
}

/** Returns the newest verdict on the live run in the history; undefined when the history has none. */
async function laterVerdict(
  { store, client, node }: CommandPlace,
  live: LiveModel | null,
): Promise<string | undefined> {
  const run = live?.run;
  return run ? (newestVerdictOf(await readVerdicts(store, client, node), run)?.verdict ?? undefined) : undefined;
}
