/** Finds the published output of a job that a command reads: a version of its model, or a day folder. */
import { MissingObjectError, NoInputError, UsageError } from '../errors.ts';
import { dayInWords, sentence } from '../in-words.ts';
import { objectsIn } from '../job/folder-state.ts';
import { listFolder } from '../job/inputs.ts';
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import { type Manifest, readManifest } from '../job/manifest.ts';
import { contentsInWords } from '../job/root-contents.ts';
import type { OpenStore } from '../job/run.ts';
import { dayFoldersIn } from '../store/day-folders.ts';
import { dayFolder, versionFolder } from '../store/keys.ts';
import { isSamePlace } from '../store/location.ts';
import type { ObjectInfo, Store } from '../store/store.ts';
import { readChanges } from './history.ts';
import type { LiveModel } from './record.ts';
import { chosenVersion, publishedVersions, type Version } from './versions.ts';

export interface OutputRequest {
  readonly job: AnyJob;
  readonly client: string;
  /** The output root. */
  readonly store: Store;
  /** Opens the place of a live model that is not below the output root. */
  readonly openStore: OpenStore;
  /** Returns the live model, or null; without this function the history beside the versions says what is live. */
  readonly live?: (() => Promise<LivePlace | null>) | undefined;
  /** Days since 1970-01-01 UTC. Without day and run it is the live model, else the newest output. */
  readonly day?: number | undefined;
  readonly run?: string | undefined;
  readonly now: Date;
  readonly warn: (warning: string) => void;
}

/** What has to be known of a live model to find its files. */
export type LivePlace = Pick<LiveModel, 'day' | 'run' | 'location'>;

export interface PublishedOutput {
  /** The output root, or the place of a live model that is not below it. */
  readonly store: Store;
  /** The prefix of the files' keys. It ends in `/`, or is empty. */
  readonly folder: string;
  readonly day: number;
  /** True when it was found as the live model. */
  readonly isLive: boolean;
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
 *   MissingObjectError for a live model that names no day; UsageError for a run of a job without versions
 */
export async function findOutput(request: OutputRequest): Promise<PublishedOutput> {
  const { job, client, warn } = request;
  const found = await placeOf(request, await liveModel(request));
  if (found === undefined) throw await nothing(request);
  const { store, folder, day } = found;
  const owner = { job: job.name, client, day };
  const files = await listFolder(store, folder, { owner, warn });
  const manifest = await readManifest(store, folder);
  if (files.length === 0 && (await objectsIn(store, folder)).size === 0) throw await nothing(request);
  return { ...found, files, manifest };
}

/** True when the output root has any output of the job. */
export const hasOutput = async (request: OutputRequest): Promise<boolean> =>
  (await placeOf({ ...request, day: undefined, run: undefined }, null)) !== undefined;

type Place = Pick<PublishedOutput, 'store' | 'folder' | 'day' | 'isLive'>;

async function placeOf(request: OutputRequest, live: LivePlace | null): Promise<Place | undefined> {
  const { job, client, store, day, run, now } = request;
  const node = modelsNodeOf(job);
  if (node === undefined) {
    if (run === undefined) return dayPlace(request);
    throw new UsageError(`${job.name} keeps one output for each day, and no versions: give --day in place of --run`);
  }
  const place = { store, client, node };
  const ofVersion = (version: Version): Place => ({
    store,
    folder: versionFolder(client, node, version.day, version.run),
    day: version.day,
    isLive: false,
  });
  if (run !== undefined) return ofVersion(await chosenVersion(place, { run }, job.writes, now));
  if (live !== null && (day === undefined || live.day === day)) return livePlace(request, node, live);
  const versions = await publishedVersions(place);
  const wanted = day ?? versions.at(-1)?.day;
  if (wanted === undefined || !versions.some((version) => version.day === wanted)) return dayPlace(request);
  return ofVersion(await chosenVersion(place, { day: wanted }, job.writes, now));
}

/** Returns the model that is live; null when none is, when nothing says it, and for a run, which needs no live model. */
async function liveModel({ job, client, store, run, live }: OutputRequest): Promise<LivePlace | null> {
  const node = modelsNodeOf(job);
  if (node === undefined || run !== undefined) return null;
  if (live !== undefined) return live();
  return (await readChanges(store, client, node)).at(-1)?.live ?? null;
}

/** @throws MissingObjectError for a live model elsewhere that names no day */
async function livePlace(
  { job, client, store, openStore }: OutputRequest,
  node: string,
  { day, run, location }: LivePlace,
): Promise<Place> {
  const folders =
    day === null
      ? []
      : [...(run === null ? [] : [versionFolder(client, node, day, run)]), dayFolder(client, job.writes, day)];
  const folder = folders.find((one) => isSamePlace(location, store.root, one.slice(0, -1)));
  if (folder !== undefined && day !== null) return { store, folder, day, isLive: true };
  const there = await openStore(location);
  const ofDay = day ?? (await readManifest(there, ''))?.day;
  if (ofDay === undefined) throw withoutManifest(there.root);
  return { store: there, folder: '', day: ofDay, isLive: true };
}

export const withoutManifest = (place: string): MissingObjectError =>
  new MissingObjectError(
    `the model in ${place} has no manifest in _SUCCESS, so it was made by another system or removed: choose another one with --day`,
  );

/** Returns the folder of the given day, or of the newest whole day; undefined when there is none. */
async function dayPlace({ job, client, store, day }: OutputRequest): Promise<Place | undefined> {
  const jobFolder = dayFolder(client, job.writes, 0).slice(0, -'0/'.length);
  const wanted = day ?? (await dayFoldersIn(store, jobFolder)).whole.at(-1);
  if (wanted === undefined) return undefined;
  return { store, folder: dayFolder(client, job.writes, wanted), day: wanted, isLive: false };
}

async function nothing({ job, client, store, day }: OutputRequest): Promise<NoInputError> {
  const which = day === undefined ? '' : ` of day ${dayInWords(day)}`;
  return new NoInputError(
    `${client} has no output of ${job.name}${which} in ${store.root}: ` +
      `${sentence(await contentsInWords(store, client, job.writes))} Check --client, --day and --output-path, or run the job first`,
  );
}
