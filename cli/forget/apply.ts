/**
 * Does what `offline forget --apply` promises, in an order in which it can be interrupted anywhere and called again: the list of
 * forgotten users first, so that no run uses them any more, and then one place after another. What an earlier call has staged is
 * finished before anything else.
 */
import { forgetInDay, forgetInPairs, forgetInRejects } from '../../functions/group-actions/forget-day.ts';
import { atMost } from '../../shared/at-most.ts';
import { addForgotten } from '../../shared/forget/change-list.ts';
import { findUsers } from '../../shared/forget/find-users.ts';
import type { Finding, Search } from '../../shared/forget/finding.ts';
import { liveVersions } from '../../shared/live/kept.ts';
import { IDS } from '../../shared/model/id-pairs.ts';
import { BEGUN, dayFolder, jobWorkFolder, runFolder, SUCCESS, USAGE_KEY } from '../../shared/store/keys.ts';
import { openSealed, sealed } from '../../shared/store/sealed.ts';
import type { Store } from '../../shared/store/store.ts';

/** The folder in which rewriting stages files. */
const FORGET = 'forget';
const REMOVALS = 'removals';
/** Work areas have thousands of objects, and S3 answers in some hundredths of a second. */
const REMOVED_AT_ONCE = 16;

export interface Applied {
  /** The places before, and what was to be done with them. */
  readonly found: readonly Finding[];
  /** The places that hold the users now. */
  readonly left: readonly Finding[];
}

/** @param say is told each place that has been dealt with */
export async function applyForget(search: Search, say: (words: string) => void): Promise<Applied> {
  const { store, client, wanted } = search;
  await addForgotten(store, client, wanted.ids);
  await finishStaged(search);
  const found = await findUsers(search);
  const changed = inOrder(found.filter(({ outcome }) => outcome !== 'stays'));
  const removals = changed.filter(({ outcome }) => outcome === 'removed').map(({ place }) => place);
  if (removals.length > 0) await store.put(removalsKey(client), sealed({ removals }));
  for (const finding of changed) {
    await change(search, finding);
    say(`${finding.outcome}: ${finding.place}`);
  }
  await store.delete(removalsKey(client));
  return { found, left: await findUsers(search) };
}

/**
 * Returns the places in the order in which they are dealt with. Grouped actions and pairs are last: the user's texts are found
 * there, and an interrupted call must find them again, to find the lists and the rejected lines that have the texts alone.
 */
function inOrder(found: readonly Finding[]): Finding[] {
  const turn = ({ kind }: Finding): number => (kind === 'actions' || kind === 'ids' ? 1 : 0);
  return found.toSorted((a, b) => turn(a) - turn(b));
}

async function change({ store, client, wanted }: Search, { kind, place, outcome }: Finding): Promise<void> {
  const day = Number(place.split('/').at(-2));
  if (outcome === 'rewritten') {
    if (kind === 'actions') await forgetInDay({ store, client, day }, wanted);
    if (kind === 'ids') await forgetInPairs({ store, client, day }, place, wanted);
    if (kind === 'rejects') await forgetInRejects({ store, client, day }, wanted);
  } else if (kind !== 'model' || !(await isLive(store, place))) await remove(store, place);
}

/** True when a version has gone live since it was found. */
async function isLive(store: Store, place: string): Promise<boolean> {
  const [client, , node, version] = place.split('/') as [string, string, string, string];
  return (await liveVersions({ store, client, node })).has(version);
}

/** Removes an output folder, a version or a work area. `_SUCCESS` goes first, and `_BEGUN` and the usage of a run go last. */
async function remove(store: Store, place: string): Promise<void> {
  const names: string[] = [];
  for await (const { key } of store.list(place)) names.push(key.slice(place.length));
  // Without its first mark, the rest of an interrupted removal would look like another system's output.
  if (names.includes(SUCCESS) && !names.includes(BEGUN)) await store.put(place + BEGUN, `${sealed(NOBODY)}\n`);
  await store.delete(place + SUCCESS);
  const others = names.filter((name) => ![SUCCESS, BEGUN, USAGE_KEY].includes(name));
  await atMost(REMOVED_AT_ONCE, others, (name) => store.delete(place + name));
  for (const last of [BEGUN, USAGE_KEY]) await store.delete(place + last);
}

/** The run in the `_BEGUN` of a folder that is removed and had none. */
const NOBODY = { run: '', requestedAt: new Date(0).toISOString() };

/** The key of the list of places that are being removed. */
const removalsKey = (client: string): string => `${runFolder(FORGET, client, REMOVALS)}list.json`;

/** Finishes the removals that an earlier call had begun: those of folders without `_SUCCESS`. */
async function finishRemovals(store: Store, client: string): Promise<void> {
  const key = removalsKey(client);
  if ((await store.head(key)) === undefined) return;
  const { removals } = openSealed<{ removals: readonly string[] }>((await store.get(key)).bytes, key);
  for (const place of removals) if ((await store.head(place + SUCCESS)) === undefined) await remove(store, place);
  await store.delete(key);
}

/** Finishes the folders that an earlier call had begun to rewrite. */
async function finishStaged({ store, client, wanted }: Search): Promise<void> {
  await finishRemovals(store, client);
  for (const owner of [client, null]) {
    const folder = jobWorkFolder(FORGET, owner);
    const names = new Set<string>();
    for await (const { key } of store.list(folder)) names.add(key.slice(folder.length).split('/', 1)[0]!);
    for (const name of names) {
      const day = Number(/\d+$/.exec(name)?.[0]);
      if (owner === null) await forgetInRejects({ store, client, day }, wanted);
      else if (name.startsWith('ids-')) {
        await forgetInPairs({ store, client, day }, dayFolder(client, IDS, day), wanted);
      } else await forgetInDay({ store, client, day }, wanted);
    }
  }
}
