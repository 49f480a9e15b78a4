/**
 * Finds the objects of an output root that hold some users of a client. It walks over the keys below the client's folder and over
 * the work areas, folder by folder, and streams each file that may name a user (`user-files.ts`).
 *
 *   actions, ids      named by each line; they are rewritten
 *   rejects           broken lines that quote a user; they are rewritten
 *   model, output     a version or a day folder of a job; removed, but for what is live. Other files stay where they are
 *   work area         binary, so the area of each run that has read actions counts as a whole; removed
 *   trainings         the roots of `offline evaluate` and `offline tune`; removed as a whole
 *   report            a page with a user among its examples; removed
 */
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import { liveVersions } from '../live/kept.ts';
import { IDS, parseIdPair } from '../model/id-pairs.ts';
import { ACTIONS, BEGUN, logsFolder, REPORT, SKETCH, SUCCESS, VERDICT } from '../store/keys.ts';
import type { ObjectInfo, Store } from '../store/store.ts';
import { findWorkAreas } from './find-work-areas.ts';
import type { Finding, Kind, Search } from './finding.ts';
import { countActions, countLines, lineTest, rejectTest, tokenTest } from './user-files.ts';

/** Objects directly in one folder. */
interface Folder {
  /** It ends in `/`. */
  readonly prefix: string;
  readonly files: readonly ObjectInfo[];
}

/** Yields the folders below a prefix that have objects, in the order of their keys. */
async function* foldersBelow(store: Store, prefix: string): AsyncGenerator<Folder> {
  let folder = '';
  let files: ObjectInfo[] = [];
  for await (const object of store.list(prefix)) {
    const own = object.key.slice(0, object.key.lastIndexOf('/') + 1);
    if (own !== folder && files.length > 0) {
      yield { prefix: folder, files };
      files = [];
    }
    folder = own;
    files.push(object);
  }
  if (files.length > 0) yield { prefix: folder, files };
}

export async function findUsers(search: Search): Promise<Finding[]> {
  const { store, client } = search;
  const found: Finding[] = [];
  const live = liveReader(search);
  for await (const folder of foldersBelow(store, `${client}/`)) {
    const finding = await findingOf(search, folder, live);
    if (finding !== undefined) found.push(finding);
  }
  for await (const { prefix, files } of foldersBelow(store, '_rejected/')) {
    const day = Number(prefix.split('/')[1]);
    if (prefix !== logsFolder(day)) continue;
    const objects = await filesWith(search, files, isPart, rejectTest(search.wanted, client));
    if (objects > 0) found.push(rewritten('rejects', prefix, objects));
  }
  return [...found, ...(await findWorkAreas(search))];
}

const rewritten = (kind: Kind, place: string, objects: number): Finding => ({
  kind,
  place,
  objects,
  isSure: true,
  outcome: 'rewritten',
  because: null,
});

const isPart = (name: string): boolean => name.startsWith('part-');

/** Counts the files, among those with a wanted name, that have a line for which `isNamed` is true. */
async function filesWith(
  { store }: Search,
  files: readonly ObjectInfo[],
  isWanted: (name: string) => boolean,
  isNamed: (line: string) => boolean,
): Promise<number> {
  let count = 0;
  for (const file of files) {
    if (isWanted(nameOf(file)) && (await countLines(store, file, isNamed)) > 0) count++;
  }
  return count;
}

const nameOf = ({ key }: ObjectInfo): string => key.slice(key.lastIndexOf('/') + 1);

/** Returns the live versions of a model. */
type ReadLive = (node: string) => Promise<ReadonlySet<string>>;

/** A model has many versions, whose folders come one after another, so what is live is read once for each model. */
function liveReader({ store, client }: Search): ReadLive {
  const known = new Map<string, ReadonlySet<string>>();
  return async (node) => {
    const live = known.get(node) ?? (await liveVersions({ store, client, node }));
    known.set(node, live);
    return live;
  };
}

async function findingOf(search: Search, folder: Folder, liveOf: ReadLive): Promise<Finding | undefined> {
  const { jobs, wanted } = search;
  const { prefix, files } = folder;
  const [, first, second, third, ...deeper] = prefix.split('/');
  if (deeper.length > 0 && first !== 'models') return foreign(search, folder);
  if (first === ACTIONS && isDay(second)) return actions(search, folder);
  if (first === IDS && isDay(second)) {
    const isUser = (line: string): boolean => {
      const pair = parseIdPair(line);
      return pair?.kind === 'user' && wanted.ids.has(pair.id);
    };
    const objects = await filesWith(search, files, isPart, isUser);
    return objects === 0 ? undefined : rewritten('ids', prefix, objects);
  }
  if (first === REPORT && isDay(second)) return report(search, folder);
  if (first === 'models' && second !== undefined) {
    // The history and the notes about versions name runs and days, and no user.
    if (third === undefined || third === '' || third.startsWith('_')) return undefined;
    const job = jobs.find((one) => modelsNodeOf(one) === second);
    const isLive = (await liveOf(second)).has(third);
    return output(search, folder, job, 'model', isLive);
  }
  if (!isDay(second)) return first?.startsWith('_') ? undefined : foreign(search, folder);
  return output(
    search,
    folder,
    jobs.find(({ writes }) => writes === first),
    'output',
    false,
  );
}

const isDay = (name: string | undefined): boolean => name !== undefined && /^\d{1,9}$/.test(name);

async function actions({ store, wanted }: Search, { prefix, files }: Folder): Promise<Finding | undefined> {
  let objects = 0;
  for (const file of files) if (isPart(nameOf(file)) && (await countActions(store, file, wanted)) > 0) objects++;
  if (objects === 0) return undefined;
  const isOurs = files.some((file) => nameOf(file) === BEGUN) && files.some((file) => nameOf(file) === SUCCESS);
  if (isOurs) return rewritten('actions', prefix, objects);
  return {
    ...rewritten('actions', prefix, objects),
    outcome: 'stays',
    because: 'the folder is not whole, or another system wrote it: group its day again, or remove the lines there',
  };
}

async function report({ store, wanted }: Search, { prefix, files }: Folder): Promise<Finding | undefined> {
  let objects = 0;
  const isShown = (line: string): boolean =>
    [...line.matchAll(/User (\d{1,16})\b/g)].some(([, id]) => wanted.ids.has(Number(id)));
  for (const file of files) if ((await countLines(store, file, isShown)) > 0) objects++;
  return objects === 0 ? undefined : { ...rewritten('report', prefix, objects), outcome: 'removed' };
}

/** @param job undefined for a folder that no job of this build writes */
async function output(
  search: Search,
  folder: Folder,
  job: AnyJob | undefined,
  kind: Kind,
  isLive: boolean,
): Promise<Finding | undefined> {
  if (job?.users === undefined) return unknown(search, folder, kind, isLive);
  const { prefix, files } = folder;
  let objects = await filesWith(search, files, (name) => name === '_rejected', rejectTest(search.wanted));
  for (const { files: names, form } of job.users) {
    objects += await filesWith(search, files, (name) => names.test(name), lineTest(form, search.wanted));
  }
  return objects === 0 ? undefined : ended(search, { kind, place: prefix, objects, isSure: true }, isLive);
}

/** Searches a folder of which nothing is known. */
async function unknown(
  search: Search,
  { prefix, files }: Folder,
  kind: Kind,
  isLive = false,
): Promise<Finding | undefined> {
  const isRead = (name: string): boolean => ![SUCCESS, BEGUN, VERDICT, SKETCH].includes(name);
  const objects = await filesWith(search, files, isRead, tokenTest(search.wanted));
  return objects === 0 ? undefined : ended(search, { kind, place: prefix, objects, isSure: false }, isLive);
}

/** Searches files that lie beside the folders of outputs. No job writes there, so they are named, and never removed. */
async function foreign(search: Search, folder: Folder): Promise<Finding | undefined> {
  const found = await unknown(search, folder, 'output');
  const because = 'no job writes files at this place: look into them, and remove them if they hold the user';
  return found && { ...found, outcome: 'stays', because };
}

function ended(
  { named }: Search,
  found: Pick<Finding, 'kind' | 'place' | 'objects' | 'isSure'>,
  isLive: boolean,
): Finding {
  const stays = isLive || named.has(found.place);
  const because = stays ? 'it is live until the next training goes live; then run this command again' : null;
  return { ...found, outcome: stays ? 'stays' : 'removed', because };
}
