/** Finds the published output of a job that a command reads: a version of its model, or a day folder. */
import type { ConfigRoot } from '../config/config-root.ts';
import { MissingObjectError, NoInputError, UsageError } from '../errors.ts';
import { dayInWords, sentence } from '../in-words.ts';
import { objectsIn } from '../job/folder-state.ts';
import { listFolder } from '../job/inputs.ts';
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import { type Manifest, readManifest } from '../job/manifest.ts';
import { contentsInWords } from '../job/root-contents.ts';
import { dayFoldersIn } from '../store/day-folders.ts';
import { dayFolder, versionFolder } from '../store/keys.ts';
import { isSamePlace } from '../store/location.ts';
import type { ObjectInfo, Store } from '../store/store.ts';
import { readChanges } from './history.ts';
import { readLive } from './live-node.ts';
import type { LiveModel } from './record.ts';
import { chosenVersion, publishedVersions } from './versions.ts';

export interface OutputRequest {
  readonly job: AnyJob;
  readonly client: string;
  /** The output root. */
  readonly store: Store;
  /** The configuration root that says what is live; without it the history beside the versions does. */
  readonly root: ConfigRoot | undefined;
  /** Days since 1970-01-01 UTC. Without day and run it is the live model, else the newest output. */
  readonly day?: number;
  readonly run?: string;
  readonly now: Date;
  readonly warn: (warning: string) => void;
}

export interface PublishedOutput {
  readonly store: Store;
  /** The prefix of the files' keys. It ends in `/`. */
  readonly folder: string;
  readonly day: number;
  /** The files that are not empty, by name. */
  readonly files: readonly ObjectInfo[];
  /** Undefined for a folder that another system wrote. */
  readonly manifest: Manifest | undefined;
}

/**
 * Finds an output by the rules for whole inputs.
 *
 * Of a model with versions, a day means the version that is live if it is of that day, else the one that the day folder holds,
 * else the one that was requested last. A day without versions, and a job without them, means the day folder.
 *
 * @throws NoInputError naming what there is; UnfinishedDayError; NotActivatedError for a run without a version;
 *   MissingObjectError for a live model that is not below the root; UsageError for a run of a job without versions
 */
export async function findOutput(request: OutputRequest): Promise<PublishedOutput> {
  const { job, client, store, warn } = request;
  const found = await placeOf(request);
  if (found === undefined) throw await nothing(request);
  const { folder, day } = found;
  const owner = { job: job.name, client, day };
  const files = await listFolder(store, folder, { owner, warn });
  const manifest = await readManifest(store, folder);
  if (files.length === 0 && (await objectsIn(store, folder)).size === 0) throw await nothing(request);
  return { store, folder, day, files, manifest };
}

interface Place {
  readonly folder: string;
  readonly day: number;
}

async function placeOf(request: OutputRequest): Promise<Place | undefined> {
  const { job, client, store, day, run, now } = request;
  const node = modelsNodeOf(job);
  if (node === undefined) {
    if (run === undefined) return dayPlace(request);
    throw new UsageError(`${job.name} keeps one output for each day, and no versions: give --day in place of --run`);
  }
  const place = { store, client, node };
  const ofVersion = (version: { readonly day: number; readonly run: string }): Place => ({
    folder: versionFolder(client, node, version.day, version.run),
    day: version.day,
  });
  if (run !== undefined) return ofVersion(await chosenVersion(place, { run }, job.writes, now));
  const live = await liveModel(request, node);
  if (live !== null && (day === undefined || live.day === day)) return livePlace(request, node, live);
  const versions = await publishedVersions(place);
  const wanted = day ?? versions.at(-1)?.day;
  if (wanted === undefined || !versions.some((version) => version.day === wanted)) return dayPlace(request);
  return ofVersion(await chosenVersion(place, { day: wanted }, job.writes, now));
}

/** Returns the model that is live; null when none is, or when nothing says it. */
async function liveModel({ job, client, store, root, now }: OutputRequest, node: string): Promise<LiveModel | null> {
  // The rows of a table are in a database, which is not opened here.
  if (root === undefined || job.activates === undefined) {
    return (await readChanges(store, client, node)).at(-1)?.live ?? null;
  }
  const { state } = await readLive({ root, client, node }, { now });
  return state.record?.live ?? null;
}

/** @throws MissingObjectError for a live model that is not below the output root */
function livePlace({ job, client, store }: OutputRequest, node: string, { day, run, location }: LiveModel): Place {
  const folders =
    day === null
      ? []
      : [...(run === null ? [] : [versionFolder(client, node, day, run)]), dayFolder(client, job.writes, day)];
  const folder = folders.find((one) => isSamePlace(location, store.root, one.slice(0, -1)));
  if (folder !== undefined && day !== null) return { folder, day };
  throw new MissingObjectError(
    `the live model of ${job.name} for ${client} is ${location}, which is not below ${store.root}: ` +
      'give --output-path with its root, or --day for a published one',
  );
}

/** Returns the folder of the given day, or of the newest whole day; undefined when there is none. */
async function dayPlace({ job, client, store, day }: OutputRequest): Promise<Place | undefined> {
  const jobFolder = dayFolder(client, job.writes, 0).slice(0, -'0/'.length);
  const wanted = day ?? (await dayFoldersIn(store, jobFolder)).whole.at(-1);
  return wanted === undefined ? undefined : { folder: dayFolder(client, job.writes, wanted), day: wanted };
}

async function nothing({ job, client, store, day }: OutputRequest): Promise<NoInputError> {
  const which = day === undefined ? '' : ` of day ${dayInWords(day)}`;
  return new NoInputError(
    `${client} has no output of ${job.name}${which} in ${store.root}: ` +
      `${sentence(await contentsInWords(store, client, job.writes))} Check --client, --day and --output-path, or run the job first`,
  );
}
