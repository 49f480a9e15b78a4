/**
 * Keeps the versions of a model that are live, were live or are new, and removes the others. A removal must not meet an
 * activation of the same version, although neither sees the other. A removal happens when a version is published, and it may
 * not be able to read any runtime node, so both leave notes in files:
 *
 * ```
 * <client>/models/<node>/_live/<root>.json        for one configuration root: the live version and the earlier live ones
 * <client>/models/<node>/_live/_versions.json     the versions in the order of their publishing, and their removal marks
 * ```
 *
 * An activation (1) refuses a marked version and deletes its mark, (2) writes the file of its root, (3) looks at the marks
 * again, and only then (4) sets the node. A removal (1) reads the files of all roots, (2) marks the versions that no file
 * names, and (3) at least a day later reads the files again and removes the versions that are still marked and not named.
 * Whichever of the two comes first, the other one sees it.
 */
import * as z from 'zod';
import { MS_PER_DAY } from '../model/time.ts';
import { inOrderOfRemoval, modelsFolder, versionOfName } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { type DocumentKind, readDocument, updateDocument } from './documents.ts';

/** A version stays at least this long after it was live, because servers may take a while to load its successor. */
const KEPT_AFTER_LIVE_MS = 2 * MS_PER_DAY;
/** A version is removed when its mark has this age. No activation takes as long. */
const MARKED_BEFORE_REMOVAL_MS = MS_PER_DAY;

interface RootFile {
  /** The version that is live or about to be live. */
  readonly live: string | null;
  /** The versions that were live, newest first, with the times when they were replaced (ISO-8601). */
  readonly earlier: readonly { readonly version: string; readonly until: string }[];
}

interface Versions {
  /** The versions, the one published first at the start. `marked` is the time of the removal mark (ISO-8601). */
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
  cure: 'Remove it: all present versions then count as newly published.',
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

/** Returns the name of the version at a location (`15317-0123456789abcdef`); undefined for any other location. */
export function versionAt(location: string | null | undefined): string | undefined {
  const name = location?.slice(location.lastIndexOf('/') + 1);
  return name !== undefined && versionOfName(name) !== undefined ? name : undefined;
}

/** A change of the live model, by the locations before and after it. */
interface LiveChange {
  readonly live: string | null;
  readonly next: string;
  /** The number of versions that were live and are kept. */
  readonly keepVersions: number;
  readonly now: Date;
}

/**
 * Notes that `next` is about to go live in place of `live`, so both are kept. Returns false when `next` is about to be
 * removed: it must not go live then. A location that is no version needs no protection.
 */
export async function claimLive(place: ModelPlace, root: string, change: LiveChange): Promise<boolean> {
  const next = versionAt(change.next);
  if (next !== undefined && (await isMarked(place, next))) return unmark(place, next);
  await updateDocument(place.store, rootFileKey(place, root), ROOT_FILE, (was) => withLive(was, change));
  return next === undefined || !(await isMarked(place, next)) || unmark(place, next);
}

/**
 * Deletes a version's mark. Returns false, because this attempt must still be refused: a removal may have begun, and only the
 * next attempt can check if the version is whole.
 */
async function unmark(place: ModelPlace, marked: string): Promise<false> {
  await updateDocument(place.store, versionsKey(place), VERSIONS, ({ versions }) => ({
    versions: versions.map((one) => (one.version === marked ? { ...one, marked: null } : one)),
  }));
  return false;
}

/** Makes sure that the live version is kept, even when another system set the node. */
export async function keepLive(place: ModelPlace, root: string, live: string | null, now: Date): Promise<void> {
  const version = versionAt(live);
  if (version === undefined) return;
  await updateDocument(place.store, rootFileKey(place, root), ROOT_FILE, (was) =>
    was.live === version || was.earlier[0]?.version === version
      ? undefined
      : withLive(was, { live: was.live, next: version, keepVersions: was.earlier.length + 1, now }),
  );
}

/** Returns the file of a root after a change of the live model; undefined when the file stays as it is. */
function withLive(was: RootFile, change: LiveChange): RootFile | undefined {
  const next = versionAt(change.next) ?? null;
  const until = change.now.toISOString();
  // The record's live version comes first: an activation that was interrupted has left its own version in `was.live`.
  const replaced = [versionAt(change.live) ?? null, was.live].flatMap((version) =>
    version === null ? [] : [{ version, until }],
  );
  const seen = new Set<string | null>([next]);
  const earlier = [...replaced, ...was.earlier].filter(({ version }) => !seen.has(version) && seen.add(version));
  const kept = earlier.filter(
    (one, at) => at < Math.max(1, change.keepVersions) || isRecent(one.until, KEPT_AFTER_LIVE_MS, change.now),
  );
  const same = was.live === next && JSON.stringify(kept.map(nameOf)) === JSON.stringify(was.earlier.map(nameOf));
  return same ? undefined : { live: next, earlier: kept };
}

const nameOf = ({ version }: { readonly version: string }): string => version;

const isRecent = (time: string, ms: number, now: Date): boolean => now.getTime() - Date.parse(time) < ms;

async function isMarked(place: ModelPlace, version: string): Promise<boolean> {
  const { value } = await readDocument(place.store, versionsKey(place), VERSIONS);
  return value.versions.some((one) => one.version === version && one.marked !== null);
}

/**
 * Notes that a version was published, marks the versions that nothing keeps, and removes those that were marked a day ago or
 * earlier. Call it when the version is whole. Resolves to the names of the removed versions.
 * @param options `live` is the location that the run saw in the runtime node: its version is kept in any case
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
    // Another run may be publishing a version that is not noted yet, so such a version counts as new.
    const known = new Set(versions.map(nameOf));
    const unknown = found.filter((version) => !known.has(version) && version !== published);
    const order = [
      ...versions.filter(({ version }) => version !== published && found.includes(version)),
      ...unknown.map((version) => ({ version, marked: null })),
      { version: published, marked: null },
    ];
    const newest = new Set(order.slice(-keepVersions).map(nameOf));
    const isKept = (version: string) => named.has(version) || newest.has(version);
    return {
      versions: order.map(({ version, marked }) => ({
        version,
        marked: isKept(version) ? null : (marked ?? now.toISOString()),
      })),
    };
  });
  const due = written.versions.filter(
    ({ marked }) => marked !== null && !isRecent(marked, MARKED_BEFORE_REMOVAL_MS, now),
  );
  if (due.length === 0) return [];
  const stillNamed = new Set(await namedVersions(place, options));
  const removed: string[] = [];
  for (const { version } of due) {
    // An activation may have deleted the mark meanwhile.
    if (stillNamed.has(version) || !(await isMarked(place, version))) continue;
    await removeVersion(place, version);
    removed.push(version);
  }
  return removed;
}

/** Returns the versions that the files of all roots name, and the version that the run saw in its own node. */
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
      if (at < Math.max(1, keepVersions) || isRecent(until, KEPT_AFTER_LIVE_MS, now)) named.push(version);
    }
  }
  return named.filter((version) => version !== null && version !== undefined);
}

/** Returns the versions that are live, or about to be, in any configuration root. */
export async function liveVersions(place: ModelPlace): Promise<ReadonlySet<string>> {
  const live = new Set<string>();
  for await (const { key } of place.store.list(liveFolder(place))) {
    if (key === versionsKey(place)) continue;
    const { value } = await readDocument(place.store, key, ROOT_FILE);
    if (value.live !== null) live.add(value.live);
  }
  return live;
}

/** Returns the versions that have a folder, whole or not, in the order of their names. */
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
