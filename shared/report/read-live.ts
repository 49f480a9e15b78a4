/** Reads which models are live, and what the live model of matrix factorization recommends beside the one before it. */
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import { readManifestIfIntact } from '../job/manifest.ts';
import { unlessDamaged, type Warn } from '../live/documents.ts';
import { type HistoryEntry, readChanges } from '../live/history.ts';
import { publishedVersions } from '../live/versions.ts';
import { SUCCESS, versionFolder } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { compareFactors, type FactorComparison } from './compare-factors.ts';

/** The live model of one job, by the history of its changes. */
export interface LiveRow {
  readonly job: string;
  /** Null when no model is live, because runs do not activate or upload. */
  readonly live: { readonly day: number | null; readonly run: string | null } | null;
  /** The model that was live before it. */
  readonly before: { readonly day: number | null; readonly run: string | null } | null;
  /** When and by what it went live; null when nothing did. */
  readonly since: string | null;
  readonly by: string | null;
  readonly held: { readonly since: string; readonly because: string | null } | null;
  /** The newest published version. */
  readonly newestDay: number | null;
  readonly versions: number;
}

/** The recommendations of the newest model of matrix factorization. */
export interface Recommended extends FactorComparison {
  /** The day of the model. */
  readonly day: number;
  /** True when the model is live. Otherwise it is the newest one that was published. */
  readonly isLive: boolean;
  /** The day of the model before it; null when there is none. */
  readonly dayBefore: number | null;
}

export interface Changes {
  readonly models: readonly LiveRow[];
  /** Undefined without a model of matrix factorization that can be read here. */
  readonly recommended: Recommended | undefined;
  /** Why `recommended` is undefined although there is a model. */
  readonly notCompared: string | undefined;
}

/** The runtime node of the models whose factors are compared. */
const FACTORS_NODE = 'mf';

/** @param day models of later days are left out */
export async function readLiveModels(
  store: Store,
  jobs: readonly AnyJob[],
  client: string,
  day: number,
  warn: Warn,
): Promise<Changes> {
  const models: LiveRow[] = [];
  let recommended: Recommended | undefined;
  let notCompared: string | undefined;
  for (const job of jobs) {
    const node = modelsNodeOf(job);
    if (node === undefined) continue;
    const place = { store, client, node };
    const versions = (await publishedVersions(place)).filter((version) => version.day <= day);
    const all = await unlessDamaged(() => readChanges(store, client, node), [], warn);
    const changes = all.filter(({ live }) => (live?.day ?? 0) <= day);
    if (versions.length === 0 && changes.length === 0) continue;
    const row = rowOf(job.name, changes, versions.at(-1)?.day ?? null, versions.length);
    models.push(row);
    if (node !== FACTORS_NODE) continue;
    const newest = versions.at(-1);
    const now = row.live ?? newest ?? null;
    const older = row.live === null ? (versions.at(-2) ?? null) : row.before;
    const folder = await folderOf(store, client, node, now);
    if (folder === undefined || now?.day == null) continue;
    const before = await folderOf(store, client, node, older);
    const comparison = await compareFactors(store, folder, before);
    if (comparison === undefined) notCompared = 'The models are too large to be compared in a report.';
    else {
      const dayBefore = before === undefined ? null : (older?.day ?? null);
      recommended = { ...comparison, day: now.day, isLive: row.live !== null, dayBefore };
    }
  }
  return { models, recommended, notCompared };
}

function rowOf(job: string, changes: readonly HistoryEntry[], newestDay: number | null, versions: number): LiveRow {
  const live = changes.at(-1)?.live ?? null;
  const isSame = (entry: HistoryEntry): boolean => entry.live?.location === live?.location;
  const firstOfLive = changes.findLastIndex((entry) => !isSame(entry)) + 1;
  const went = live === null ? undefined : changes[firstOfLive];
  const firstHeld = changes[changes.findLastIndex(({ held }) => !held) + 1];
  return {
    job,
    live: live && { day: live.day, run: live.run },
    before: changes[firstOfLive - 1]?.live ?? null,
    since: went?.when ?? null,
    by: went?.by ?? null,
    held: changes.at(-1)?.held && firstHeld ? { since: firstHeld.when, because: firstHeld.because } : null,
    newestDay,
    versions,
  };
}

/** Returns the folder of a model's version; undefined when it is not among the versions of this root. */
async function folderOf(
  store: Store,
  client: string,
  node: string,
  model: { readonly day: number | null; readonly run: string | null } | null,
): Promise<string | undefined> {
  if (model?.day == null || model.run === null) return undefined;
  const folder = versionFolder(client, node, model.day, model.run);
  if ((await store.head(folder + SUCCESS)) === undefined) return undefined;
  return (await readManifestIfIntact(store, folder)) === undefined ? undefined : folder;
}
