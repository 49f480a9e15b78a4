/** Finds the published model that a command asks: that of a day, the live one, or else the newest one. */
import { MissingObjectError } from '../errors.ts';
import { PublishedModel } from '../evaluation/published-model.ts';
import { dayInWords, sentence } from '../in-words.ts';
import { wholeManifest } from '../job/folder-state.ts';
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import { readManifest } from '../job/manifest.ts';
import { contentsInWords } from '../job/root-contents.ts';
import type { OpenStore } from '../job/run.ts';
import type { ModelPlace } from '../live/kept.ts';
import { chosenVersion, publishedVersions, requestedLast } from '../live/versions.ts';
import { dayFoldersIn } from '../store/day-folders.ts';
import { dayFolder, versionFolder } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

export interface FoundModel {
  readonly job: AnyJob;
  readonly model: PublishedModel;
  readonly isLive: boolean;
}

export interface ModelRequest {
  readonly client: string;
  readonly job: AnyJob;
  /** The root of outputs. */
  readonly store: Store;
  readonly openStore: OpenStore;
  /** The day of the wanted model, in days since 1970-01-01 UTC; undefined for the live one. */
  readonly day: number | undefined;
  /** Returns the location of the live model; undefined when nothing is live, or nothing says what is. */
  readonly liveLocation: () => Promise<string | undefined>;
}

/** @throws MissingObjectError when there is no such model, with the days, or else the clients, that there are */
export async function findModel(request: ModelRequest): Promise<FoundModel> {
  const { client, job, store, day, liveLocation, openStore } = request;
  const live = day === undefined ? await liveLocation() : undefined;
  if (live !== undefined) {
    return { job, model: await openFolder(await openStore(live), '', request), isLive: true };
  }
  const folder = day === undefined ? await newestFolder(request) : await folderOfDay(request, day);
  if (folder !== undefined) return { job, model: await openFolder(store, folder, request), isLive: false };
  const days = await publishedDays(request);
  const which = day === undefined ? '' : ` of ${dayInWords(day)}`;
  const says = `${client} has no published model of ${job.name}${which} in ${store.root}`;
  if (days.length > 0) throw new MissingObjectError(`${says}. It has: ${lastOf(days)}`);
  const there = sentence(await contentsInWords(store, client, job.writes));
  throw new MissingObjectError(`${says}: ${there} Check --client and --output-path, or run ${job.name} first`);
}

/** True when the client has any published model of the job. */
export const hasModel = async (request: ModelRequest): Promise<boolean> => (await publishedDays(request)).length > 0;

async function openFolder(store: Store, folder: string, { client, job }: ModelRequest): Promise<PublishedModel> {
  const manifest = await readManifest(store, folder);
  if (manifest?.job === job.name && manifest.client === client) {
    return PublishedModel.open(store, folder, manifest.run);
  }
  const place = `${store.root}/${folder}`.replace(/\/$/, '');
  throw new MissingObjectError(
    manifest === undefined
      ? `the model in ${place} has no manifest in _SUCCESS, so it was made by another system or removed: choose another one with --day`
      : `${place} holds a model of ${manifest.job} of ${manifest.client}: choose another one with --day`,
  );
}

const placeOf = ({ store, client, job }: ModelRequest): ModelPlace => ({
  store,
  client,
  node: modelsNodeOf(job) as string,
});

async function folderOfDay(request: ModelRequest, day: number): Promise<string | undefined> {
  const { client, job, store } = request;
  const place = placeOf(request);
  const versions = await publishedVersions(place);
  if (versions.some((version) => version.day === day)) {
    const { run } = await chosenVersion(place, { day }, job.writes, new Date());
    return versionFolder(client, place.node, day, run);
  }
  const folder = dayFolder(client, job.writes, day);
  return (await wholeManifest(store, folder)) === undefined ? undefined : folder;
}

async function newestFolder(request: ModelRequest): Promise<string | undefined> {
  const { client } = request;
  const place = placeOf(request);
  const versions = await publishedVersions(place);
  const day = (await publishedDays(request)).at(-1);
  if (day === undefined) return undefined;
  const ofDay = versions.filter((version) => version.day === day);
  const newest = await requestedLast(place, ofDay, new Date());
  if (newest === undefined) return folderOfDay(request, day);
  return versionFolder(client, place.node, day, newest.run);
}

/** Returns the days of all models of the job, ascending: those of versions, and day folders from before there were versions. */
async function publishedDays(request: ModelRequest): Promise<number[]> {
  const { client, job, store } = request;
  const versions = await publishedVersions(placeOf(request));
  const { whole } = await dayFoldersIn(store, dayFolder(client, job.writes, 0).slice(0, -'0/'.length));
  return [...new Set([...versions.map(({ day }) => day), ...whole])].sort((a, b) => a - b);
}

/** The most days that a message names. */
const MOST_NAMED = 10;

const lastOf = (days: readonly number[]): string =>
  `${days.length > MOST_NAMED ? '…, ' : ''}${days.slice(-MOST_NAMED).map(dayInWords).join(', ')}`;
