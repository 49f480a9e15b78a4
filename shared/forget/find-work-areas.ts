/**
 * Finds the work areas that hold, or may hold, some users. Their objects are binary columns, so the area of each run that has
 * read actions counts as a whole, unless the run has left the users out.
 */
import { doublesIn } from '../columns/bytes.ts';
import { DamagedObjectError } from '../errors.ts';
import type { AnyJob } from '../job/job.ts';
import type { Plan } from '../job/run.ts';
import { ACTIONS, jobWorkFolder, snapshotKey, USAGE_KEY } from '../store/keys.ts';
import { openSealed } from '../store/sealed.ts';
import { openSegments } from '../store/segments.ts';
import type { Store } from '../store/store.ts';
import type { Finding, Search } from './finding.ts';
import { FORGOTTEN_SNAPSHOT } from './forgotten-of-run.ts';
import { countLines, textTest } from './user-files.ts';

/** The commands that have roots of their own below `.work/`, with trainings of the client. */
const TRAINING = ['evaluate', 'tune'];
/** The state of a search holds settings and results, and no user. */
const STATE = /\/search\.json$/;
/** The records of days may quote rejected lines. */
const DAILY = 'daily';

export async function findWorkAreas(search: Search): Promise<Finding[]> {
  const { client, jobs } = search;
  const found: Finding[] = [];
  for (const job of jobs) {
    const of = job.scope === 'logs' ? null : client;
    const areas = await runsBelow(search.store, jobWorkFolder(job.name, of));
    for (const [prefix, keys] of areas) {
      if (!(await mayHold(search, job, prefix, keys))) continue;
      const isFinished = keys.includes(prefix + USAGE_KEY);
      const because =
        isFinished || search.unfinished
          ? null
          : 'its run is not finished: run this command again when it has ended, or with --unfinished if nothing runs';
      const place = { kind: 'work area', place: prefix, objects: keys.length, isSure: false } as const;
      found.push({ ...place, outcome: because === null ? 'removed' : 'stays', because });
    }
  }
  return [...found, ...(await trainings(search)), ...(await records(search))];
}

/** Returns the folders of runs below a job's folder, with their keys. */
async function runsBelow(store: Store, folder: string): Promise<Map<string, string[]>> {
  const runs = new Map<string, string[]>();
  for await (const { key } of store.list(folder)) {
    const [, name] = /^([0-9a-f]{16})\//.exec(key.slice(folder.length)) ?? [];
    if (name === undefined) continue;
    const prefix = `${folder}${name}/`;
    const keys = runs.get(prefix);
    if (keys) keys.push(key);
    else runs.set(prefix, [key]);
  }
  return runs;
}

async function mayHold(search: Search, job: AnyJob, prefix: string, keys: readonly string[]): Promise<boolean> {
  // The grouping keeps all ids that it has seen, because those of other users are repaired with them.
  if (job.scope === 'logs') return true;
  const readsUsers = job.inputs.folders.includes(ACTIONS) || job.users?.length !== 0;
  return readsUsers && !(await leavesOut(search, prefix, keys));
}

/** True when all of the users were forgotten before the run began, so its work area never had them. */
async function leavesOut({ store, client, wanted }: Search, prefix: string, keys: readonly string[]): Promise<boolean> {
  const plans = keys.filter((key) => key.startsWith(`${prefix}plans/`));
  if (plans.length === 0) return false;
  try {
    for (const key of plans) {
      if (openSealed<Plan>((await store.get(key)).bytes, key).forgets !== true) return false;
    }
    const file = await openSegments(store, prefix + snapshotKey(FORGOTTEN_SNAPSHOT));
    if (!file.has(client)) return false;
    const users = new Set(doublesIn(await file.read(client)));
    return [...wanted.ids].every((user) => users.has(user));
  } catch (error) {
    // A damaged area is removed like one that holds the users.
    if (error instanceof DamagedObjectError) return false;
    throw error;
  }
}

async function trainings({ store, client }: Search): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const command of TRAINING) {
    const folder = jobWorkFolder(command, client);
    const roots = new Map<string, number>();
    for await (const { key } of store.list(folder)) {
      const [name = ''] = key.slice(folder.length).split('/', 1);
      if (/^([0-9a-f]{16}|published|folds)$/.test(name) || STATE.test(key)) continue;
      roots.set(name, (roots.get(name) ?? 0) + 1);
    }
    for (const [name, objects] of roots) {
      const place = `${folder}${name}/`;
      found.push({ kind: 'trainings', place, objects, isSure: false, outcome: 'removed', because: null });
    }
  }
  return found;
}

async function records({ store, client, wanted }: Search): Promise<Finding[]> {
  const found: Finding[] = [];
  const isNamed = textTest(wanted);
  for await (const file of store.list(jobWorkFolder(DAILY, null))) {
    const isOwn = file.key.endsWith(`/ended/${client}.json`) || file.key.endsWith('/summary.json');
    if (!isOwn || (await countLines(store, file, isNamed)) === 0) continue;
    const because = 'it quotes a rejected line, and expires with the work areas';
    found.push({ kind: 'records', place: file.key, objects: 1, isSure: true, outcome: 'stays', because });
  }
  return found;
}
