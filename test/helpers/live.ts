/** Activates models and publishes small versions of models, for tests of what is live. */
import { createHash } from 'node:crypto';
import type { ConfigRoot } from '../../shared/config/config-root.ts';
import { type Activation, activate } from '../../shared/live/activate.ts';
import { BEGUN, SUCCESS, VERDICT, versionFolder } from '../../shared/store/keys.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import type { Store } from '../../shared/store/store.ts';

export interface TestActivation {
  readonly client: string;
  readonly runtimeNode: string;
  readonly location: string;
  readonly registerClient: boolean;
  readonly day?: number;
  readonly run?: string;
  readonly requestedAt?: string;
  /** The store of versions and history; by default a new one in memory. */
  readonly store?: Store;
}

export const TEST_DAY = 15_317;
export const TEST_RUN = '00000000000000aa';

/** Activates a model, by default one of day 15317. */
export function activateModel(root: ConfigRoot, request: TestActivation, deadlineMs?: number): Promise<Activation> {
  const { client, runtimeNode, location, registerClient, store = new MemoryStore() } = request;
  const { day = TEST_DAY, run = TEST_RUN, requestedAt = '2011-12-10T03:00:00Z' } = request;
  return activate(
    { root, client, node: runtimeNode, store, registerClient, keepVersions: 7 },
    { day, run, requestedAt, location },
    deadlineMs === undefined ? {} : { deadlineMs },
  );
}

/** Returns a run id that is the day in hexadecimal. */
export const runOfDay = (day: number): string => day.toString(16).padStart(16, '0');

/** Stores a passed verdict in a version's folder, so that an activation does not judge the version again. */
export async function putVerdict(store: Store, folder: string, run: string): Promise<void> {
  const verdict = {
    run,
    gate: 'enforce',
    gateQuality: 'block',
    activate: true,
    live: null,
    verdict: 'passed',
    checks: [],
  };
  await store.put(folder + VERDICT, JSON.stringify(verdict));
}

/** Returns the time of a request, a number of minutes after 2011-12-10. */
export const minutesLater = (minutes: number): string =>
  new Date(Date.parse('2011-12-10') + minutes * 60_000).toISOString();

/** Publishes a version with one file. Resolves to the key prefix of its folder, which ends with a slash. */
export async function putVersion(
  store: Store,
  version: { readonly client: string; readonly node: string; readonly day: number; readonly run?: string },
  requestedAt = '2011-12-10T03:00:00Z',
): Promise<string> {
  const { client, node, day, run = runOfDay(day) } = version;
  const folder = versionFolder(client, node, day, run);
  const text = `model of ${day}`;
  const sha256 = createHash('sha256').update(text).digest('hex');
  const files = [{ name: 'part-00000', size: text.length, sha256 }];
  const manifest = { run, job: 'toy', version: 1, client, day, settings: {}, counts: { users: 3 }, files };
  await store.put(folder + BEGUN, JSON.stringify({ run, requestedAt }));
  await store.put(`${folder}part-00000`, text);
  await store.put(folder + SUCCESS, JSON.stringify(manifest));
  return folder;
}
