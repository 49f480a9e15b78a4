/** Finds the published versions of a model, and checks that a version is whole. */
import * as z from 'zod';
import { DamagedObjectError, MissingObjectError, NotActivatedError } from '../errors.ts';
import { dayInWords } from '../in-words.ts';
import { type Manifest, readManifest, readManifestIfIntact } from '../job/manifest.ts';
import { hashOfAll } from '../store/body.ts';
import { BEGUN, dayFolder, modelsFolder, SUCCESS, versionFolder, versionOfName } from '../store/keys.ts';
import { parseLocation } from '../store/location.ts';
import { openSealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';
import { compareAge } from './decide.ts';
import type { ModelPlace } from './kept.ts';

/** A version, as the name of its folder identifies it. */
export interface Version {
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  /** 16 hexadecimal digits. */
  readonly run: string;
}

/** Returns the versions with a `_SUCCESS`, by day and then by run. */
export async function publishedVersions({ store, client, node }: ModelPlace): Promise<Version[]> {
  const folder = modelsFolder(client, node);
  const found: Version[] = [];
  for await (const { key } of store.list(folder)) {
    const [name = '', file] = key.slice(folder.length).split('/');
    const version = versionOfName(name);
    if (file === SUCCESS && version !== undefined) found.push(version);
  }
  return found.sort((a, b) => a.day - b.day || (a.run < b.run ? -1 : 1));
}

/** Returns the time when a version's run was requested (ISO-8601), from its `_BEGUN`; null when that cannot be read. */
export async function requestTimeOf(
  { store, client, node }: ModelPlace,
  { day, run }: Version,
): Promise<string | null> {
  // An unreadable mark is no reason to refuse a whole version: its time counts as the earliest one.
  return (await begunAt(store, versionFolder(client, node, day, run)))?.requestedAt ?? null;
}

const begunSchema = z.object({ run: z.string(), requestedAt: z.string() });

/** Returns the content of a folder's `_BEGUN`: the run that wrote the folder last. Undefined when it cannot be read. */
export async function begunAt(store: Store, folder: string): Promise<z.infer<typeof begunSchema> | undefined> {
  try {
    const { bytes } = await store.get(folder + BEGUN);
    return begunSchema.safeParse(openSealed(bytes, `${store.root}/${folder}${BEGUN}`)).data;
  } catch (error) {
    if (error instanceof MissingObjectError || error instanceof DamagedObjectError) return undefined;
    throw error;
  }
}

/**
 * Returns the version that stands for a day: the one that the day folder holds, or else the one that was requested last.
 * @param folder the day folder, for readers that find models by path
 * @throws NotActivatedError with the list of versions, when the day has none
 */
async function versionOfDay(place: ModelPlace, day: number, folder: string, now: Date): Promise<Version> {
  const all = await publishedVersions(place);
  const ofDay = all.filter((version) => version.day === day);
  const [only] = ofDay;
  if (only === undefined) throw new NotActivatedError(noVersion(place, `of day ${dayInWords(day)}`, all));
  if (ofDay.length === 1) return only;
  const current = (await readManifestIfIntact(place.store, folder))?.run;
  const named = ofDay.find(({ run }) => run === current);
  if (named !== undefined) return named;
  return (await requestedLast(place, ofDay, now)) as Version;
}

/** Returns the version that was requested last among versions of one day; undefined for an empty list. */
export async function requestedLast(
  place: ModelPlace,
  ofDay: readonly Version[],
  now: Date,
): Promise<Version | undefined> {
  if (ofDay.length < 2) return ofDay[0];
  const asked = await Promise.all(
    ofDay.map(async (version) => ({ ...version, requestedAt: await requestTimeOf(place, version) })),
  );
  const { day, run } = asked.reduce((last, one) => (compareAge(one, last, now) > 0 ? one : last));
  return { day, run };
}

/** The choice of a version by its day or by its run. */
export type VersionChoice = { readonly day: number } | { readonly run: string };

/**
 * Returns the version that a person chose.
 * @param jobFolder the folder of the job's days
 * @throws NotActivatedError with the list of versions, when the chosen one does not exist
 */
export const chosenVersion = (
  place: ModelPlace,
  choice: VersionChoice,
  jobFolder: string,
  now: Date,
): Promise<Version> =>
  'run' in choice
    ? versionOfRun(place, choice.run)
    : versionOfDay(place, choice.day, dayFolder(place.client, jobFolder, choice.day), now);

/** @throws NotActivatedError with the list of versions, when the run has none */
async function versionOfRun(place: ModelPlace, run: string): Promise<Version> {
  const all = await publishedVersions(place);
  const found = all.find((version) => version.run === run);
  if (found !== undefined) return found;
  throw new NotActivatedError(noVersion(place, `of run ${run}`, all));
}

/** The most versions that a message names. */
const MOST_NAMED = 10;

function noVersion({ client, node, store }: ModelPlace, which: string, all: readonly Version[]): string {
  const newest = all.slice(-MOST_NAMED).map(({ day, run }) => `${dayInWords(day)} run ${run}`);
  const others =
    newest.length === 0 ? 'It has no version: a run of the day publishes one' : `It has: ${newest.join(', ')}`;
  return `${client} has no version ${which} of ${node} in ${store.root}. ${others}`;
}

/**
 * Checks that a published folder is whole: its manifest belongs to the run and the client, and its files agree with the
 * manifest. On a disk the hash of every file is compared. S3 checks its own checksums, so sizes are enough there.
 * @throws MissingObjectError, DamagedObjectError with the name of the file and the cure
 */
export async function checkWhole(store: Store, folder: string, client: string, run: string | null): Promise<Manifest> {
  const manifest = await readManifest(store, folder);
  if (manifest === undefined)
    throw new MissingObjectError(`${store.root}/${folder} has no manifest in ${SUCCESS}: it is not whole`);
  const isOurs = manifest.client === client && (run === null || manifest.run === run);
  if (!isOurs) {
    throw new DamagedObjectError(
      `${store.root}/${folder} holds run ${manifest.run} of ${manifest.client}, not run ${run ?? manifest.run} of ${client}: it is not activated`,
    );
  }
  const readsAll = parseLocation(store.root).scheme === 'file';
  for (const { name, size, sha256 } of manifest.files) {
    const key = folder + name;
    const found = await store.head(key);
    if (found === undefined) throw new MissingObjectError(`${store.root}/${key} is gone: ${CURE}`);
    if (found.size !== size) {
      throw new DamagedObjectError(`${store.root}/${key} has ${found.size} bytes in place of ${size}: ${CURE}`);
    }
    if (readsAll && (await hashOfAll(store.stream(key, { transient: true }))).sha256 !== sha256) {
      throw new DamagedObjectError(`${store.root}/${key} has other bytes than were published: ${CURE}`);
    }
  }
  return manifest;
}

const CURE = 'choose another version, or remove this folder and run its day again';
