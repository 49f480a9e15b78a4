/**
 * Which versions of a model are kept, and how a removal and an activation keep out of each other's way without seeing each
 * other. A removal happens when something is published and may see no runtime node at all, so it reads files alone:
 *
 * ```
 * <client>/models/<node>/_live/<root>.json        of one configuration root: the live version and those that were live
 * <client>/models/<node>/_live/_versions.json     the versions in the order in which they were published, and their marks
 * ```
 *
 * An activation (1) refuses a marked version and takes its mark away, (2) writes its own file, (3) looks at the marks again, and
 * only then (4) sets the node. A removal (1) reads all files of roots, (2) marks what none of them names, and (3) a day later at the earliest
 * reads the files again and removes what is still marked and still not named. Whichever comes first is seen by the other.
 */
import * as z from 'zod';
import { MS_PER_DAY } from '../model/time.ts';
import { inOrderOfRemoval, modelsFolder, versionOfName } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { type DocumentKind, readDocument, updateDocument } from './documents.ts';

/** A version that was live stays this long after it ceased to be, however many others there were: readers take a while. */
const STAYS_MS = 2 * MS_PER_DAY;
/** A mark is so old before what it marks is removed: no activation takes as long as that. */
const MARKED_MS = MS_PER_DAY;

interface RootFile {
  /** The version that is live, or about to be. */
  readonly live: string | null;
  /** Those that were live, newest first, and when each was replaced (ISO-8601). */
  readonly earlier: readonly { readonly version: string; readonly until: string }[];
}

interface Versions {
  /** In the order of their publishing, oldest first; `marked` since when a version is about to be removed (ISO-8601). */
  readonly versions: readonly { readonly version: string; readonly marked: string | null }[];
}

const ROOT_FILE: DocumentKind<RootFile> = {
  schema: z.object({
    live: z.string().nullable(),
    earlier: z.array(z.object({ version: z.string(), until: z.string() })),
  }),
  empty: { live: null, earlier: [] },
  cure: 'Remove it: the next activation writes it again.',
};

const VERSIONS: DocumentKind<Versions> = {
  schema: z.object({ versions: z.array(z.object({ version: z.string(), marked: z.string().nullable() })) }),
  empty: { versions: [] },
  cure: 'Remove it: the versions that are there are then taken for newly published ones.',
};

/** The folders of one model. */
export interface ModelPlace {
  readonly store: Store;
  readonly client: string;
  /** The runtime node's name. */
  readonly node: string;
}

const liveFolder = ({ client, node }: ModelPlace): string => `${modelsFolder(client, node)}_live/`;
const rootFileKey = (place: ModelPlace, root: string): string => `${liveFolder(place)}${root}.json`;
const versionsKey = (place: ModelPlace): string => `${liveFolder(place)}_versions.json`;

/** The name of the version at a location (`15317-0123456789abcdef`); undefined for any other place. */
export function versionAt(location: string | null | undefined): string | undefined {
  const name = location?.slice(location.lastIndexOf('/') + 1);
  return name !== undefined && versionOfName(name) !== undefined ? name : undefined;
}

/**
 * Says that `next` is about to go live in place of `live`; both are kept from now on. False, and `next` must not go live,
 * when it is about to be removed. Locations that are no versions need no protection.
 * @param keepVersions how many of those that were live are kept
 */
export async function claimLive(
  place: ModelPlace,
  root: string,
  change: { readonly live: string | null; readonly next: string; readonly keepVersions: number; readonly now: Date },
): Promise<boolean> {
  const next = versionAt(change.next);
  if (next !== undefined && (await isMarked(place, next))) return spare(place, next);
  await updateDocument(place.store, rootFileKey(place, root), ROOT_FILE, (was) => claimed(was, change));
  return next === undefined || !(await isMarked(place, next)) || spare(place, next);
}

/** Takes a version's mark away. It is refused all the same: a removal may have begun, and the next attempt sees what is left. */
async function spare(place: ModelPlace, spared: string): Promise<false> {
  await updateDocument(place.store, versionsKey(place), VERSIONS, ({ versions }) => ({
    versions: versions.map((one) => (one.version === spared ? { ...one, marked: null } : one)),
  }));
  return false;
}

/** Makes sure that the version that is live is kept, whoever set the node. */
export async function keepLive(place: ModelPlace, root: string, live: string | null, now: Date): Promise<void> {
  const version = versionAt(live);
  if (version === undefined) return;
  await updateDocument(place.store, rootFileKey(place, root), ROOT_FILE, (was) =>
    was.live === version || was.earlier[0]?.version === version
      ? undefined
      : claimed(was, { live: was.live, next: version, keepVersions: was.earlier.length + 1, now }),
  );
}

function claimed(
  was: RootFile,
  change: { readonly live: string | null; readonly next: string; readonly keepVersions: number; readonly now: Date },
): RootFile | undefined {
  const next = versionAt(change.next) ?? null;
  const until = change.now.toISOString();
  // First what the record says is live: an activation that was broken off has left its own version in `was.live`.
  const replaced = [versionAt(change.live) ?? null, was.live].flatMap((version) =>
    version === null ? [] : [{ version, until }],
  );
  const seen = new Set<string | null>([next]);
  const earlier = [...replaced, ...was.earlier].filter(({ version }) => !seen.has(version) && seen.add(version));
  const kept = earlier.filter(
    (one, at) => at < Math.max(1, change.keepVersions) || isRecent(one.until, STAYS_MS, change.now),
  );
  const same = was.live === next && JSON.stringify(kept.map(versionOf)) === JSON.stringify(was.earlier.map(versionOf));
  return same ? undefined : { live: next, earlier: kept };
}

const versionOf = ({ version }: { readonly version: string }): string => version;

const isRecent = (time: string, ms: number, now: Date): boolean => now.getTime() - Date.parse(time) < ms;

async function isMarked(place: ModelPlace, version: string): Promise<boolean> {
  const { value } = await readDocument(place.store, versionsKey(place), VERSIONS);
  return value.versions.some((one) => one.version === version && one.marked !== null);
}

/**
 * Writes down that a version was published, marks versions that nothing keeps, and removes those that have been marked for
 * a day. Call it when the version is whole. Resolves to the names of the versions that were removed.
 * @param live the location that the run saw in the runtime node, which is kept whatever the files say
 */
export async function keepNewVersion(
  place: ModelPlace,
  published: string,
  options: { readonly keepVersions: number; readonly live: string | null; readonly now: Date },
): Promise<string[]> {
  const { now, keepVersions } = options;
  const found = await foldersOf(place);
  const named = new Set([...(await namedVersions(place, options)), published]);
  const written = await updateDocument(place.store, versionsKey(place), VERSIONS, ({ versions }) => {
    // One that is not written down may be another run's that is being published now: as new as can be.
    const known = new Set(versions.map(versionOf));
    const unknown = found.filter((version) => !known.has(version) && version !== published);
    const order = [
      ...versions.filter(({ version }) => version !== published && found.includes(version)),
      ...unknown.map((version) => ({ version, marked: null })),
      { version: published, marked: null },
    ];
    const newest = new Set(order.slice(-keepVersions).map(versionOf));
    const isKept = (version: string) => named.has(version) || newest.has(version);
    return {
      versions: order.map(({ version, marked }) => ({
        version,
        marked: isKept(version) ? null : (marked ?? now.toISOString()),
      })),
    };
  });
  const due = written.versions.filter(({ marked }) => marked !== null && !isRecent(marked, MARKED_MS, now));
  if (due.length === 0) return [];
  const stillNamed = new Set(await namedVersions(place, options));
  const removed: string[] = [];
  for (const { version } of due) {
    // An activation may have taken the mark away since.
    if (stillNamed.has(version) || !(await isMarked(place, version))) continue;
    await removeVersion(place, version);
    removed.push(version);
  }
  return removed;
}

/** What the files of all roots name, and what the run saw in its own node. */
async function namedVersions(
  place: ModelPlace,
  { keepVersions, live, now }: { readonly keepVersions: number; readonly live: string | null; readonly now: Date },
): Promise<string[]> {
  const named: (string | null | undefined)[] = [versionAt(live)];
  for await (const { key } of place.store.list(liveFolder(place))) {
    if (key === versionsKey(place)) continue;
    const { value } = await readDocument(place.store, key, ROOT_FILE);
    named.push(value.live);
    for (const [at, { version, until }] of value.earlier.entries()) {
      if (at < Math.max(1, keepVersions) || isRecent(until, STAYS_MS, now)) named.push(version);
    }
  }
  return named.filter((version) => version !== null && version !== undefined);
}

/** The versions whose folders are there, whole or not, in the order of their names. */
async function foldersOf({ store, client, node }: ModelPlace): Promise<string[]> {
  const folder = modelsFolder(client, node);
  const names = new Set<string>();
  for await (const { key } of store.list(folder)) {
    const name = key.slice(folder.length).split('/', 1)[0]!;
    if (versionOfName(name) !== undefined) names.add(name);
  }
  return [...names];
}

async function removeVersion({ store, client, node }: ModelPlace, version: string): Promise<void> {
  const folder = `${modelsFolder(client, node)}${version}/`;
  const names: string[] = [];
  for await (const { key } of store.list(folder)) names.push(key.slice(folder.length));
  for (const name of inOrderOfRemoval(names)) await store.delete(folder + name);
}
