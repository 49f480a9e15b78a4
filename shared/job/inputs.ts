/** Finds the inputs of a run, the day folders that another job wrote, and divides them into shards. */
import { defined } from '../defined.ts';
import { CorruptInputError, InputChangedError, NoInputError, UnfinishedDayError } from '../errors.ts';
import { forgottenOf } from '../forget/forgotten-list.ts';
import { forgottenSnapshot } from '../forget/forgotten-of-run.ts';
import { dayInWords, sentence } from '../in-words.ts';
import { ACTIONS, dayFolder, SUCCESS } from '../store/keys.ts';
import type { ObjectInfo, Store } from '../store/store.ts';
import { type FolderObjects, type FolderOwner, lookAtFolder, objectsIn } from './folder-state.ts';
import type { InputListing, InputRequest, InputSource, Run } from './job.ts';
import { readManifest } from './manifest.ts';
import { contentsInWords } from './root-contents.ts';
import { shardCount } from './shard-count.ts';

/** Plain files with more bytes are divided into ranges. The position of a reject in such a file is a byte offset. */
export const RANGED_FILE_BYTES = 1 << 20;

/**
 * The growth (`MapStep.growth`) of steps that keep little of the text that they read. Each shard of the next step opens the
 * objects of all their shards, so the requests for many small objects would cost more than the reading.
 */
export const READING_GROWTH = 4;

/** The approximate bytes of text in a byte of gzip, for logs. The planner multiplies the size of a `.gz` file by it. */
const GZIP_RATIO = 12;

interface DaySettings {
  readonly inputPath: string;
  readonly days: number;
  readonly skipUnfinishedDays?: boolean;
}

/**
 * Returns the source of a job that reads the day folders `<inputPath>/<client>/<folder>/<day>/` of the last `days` days. With
 * actions come the forgotten users of the client, whom the run leaves out (`shared/forget/`).
 *
 * @param writer the job that writes them, by default the job with the name of the folder
 */
export function dayFolders(folder: string, writer: string = folder): InputSource<DaySettings> {
  const list = async ({ client, day, settings, openStore }: InputRequest<DaySettings>): Promise<InputListing> => {
    const store = await openStore(settings.inputPath);
    const objects: ObjectInfo[] = [];
    const missing: number[] = [];
    const warnings: string[] = [];
    for (let read = day - settings.days + 1; read <= day; read++) {
      const prefix = dayFolder(client as string, folder, read);
      const owner = { job: writer, client: client as string, day: read };
      const warn = (warning: string): void => void warnings.push(warning);
      try {
        const found = await listFolder(store, prefix, { owner, warn });
        if (found.length === 0) missing.push(read);
        objects.push(...found);
      } catch (error) {
        if (!(error instanceof UnfinishedDayError) || settings.skipUnfinishedDays !== true) throw error;
        warn(`day ${dayInWords(read)} is left out: ${error.message}`);
      }
    }
    if (objects.length === 0) {
      const days =
        settings.days === 1
          ? `day ${dayInWords(day)}`
          : `days ${dayInWords(day - settings.days + 1)} to ${dayInWords(day)}`;
      throw new NoInputError(
        `there is nothing to read under ${store.root} in ${client}/${folder}/ for ${days}: ` +
          `${sentence(await contentsInWords(store, client as string, folder))} ` +
          `Check inputPath, client and day, or run the job that writes '${folder}' first`,
      );
    }
    if (missing.length > 0) warnings.unshift(`${missingInWords(missing)} under ${client}/${folder}/: skipped`);
    const snapshots = folder === ACTIONS ? forgottenSnapshot(await forgottenOf(store, [client as string])) : undefined;
    return defined({ root: settings.inputPath, objects, warnings, snapshots });
  };
  return { folders: [folder], writers: { [folder]: writer }, list };
}

/**
 * As `dayFolders`, for a job whose inputs may have several days in one folder, such as sessions and baskets. It warns if both
 * jobs read several days, so that a day is read more than once.
 */
export function derivedDayFolders(folder: string, writer: string = folder): InputSource<DaySettings> {
  const list = async (request: InputRequest<DaySettings>): Promise<InputListing> => {
    const listing = await dayFolders(folder, writer).list(request);
    const { client, day, settings, openStore } = request;
    if (settings.days === 1) return listing;
    const store = await openStore(settings.inputPath);
    for (let read = day - settings.days + 1; read <= day; read++) {
      const days = (await readManifest(store, dayFolder(client as string, folder, read)))?.settings.days;
      if (typeof days !== 'number' || days === 1) continue;
      const warning =
        `days is ${settings.days}, and ${client}/${folder}/${read}/ already has ${days} days: some days are read twice. ` +
        `Set days to 1 here or in the job that writes '${folder}'`;
      return { ...listing, warnings: [...listing.warnings, warning] };
    }
    return listing;
  };
  return { folders: [folder], writers: { [folder]: writer }, list };
}

/** Returns `nothing to read for day 2011-12-09 (15317)`, or the first five of several days. */
const missingInWords = (days: readonly number[]): string =>
  days.length === 1
    ? `nothing to read for day ${dayInWords(days[0]!)}`
    : `nothing to read for ${days.length} days (${days.slice(0, 5).map(dayInWords).join(', ')}${days.length > 5 ? ', …' : ''})`;

export interface FolderReading {
  /** The job that writes such folders; undefined if no job of ours does. */
  readonly owner?: FolderOwner;
  /** Receives a warning about anything unusual in a folder that is read nevertheless. */
  readonly warn?: (warning: string) => void;
}

/**
 * Lists the files directly in a folder that are not empty and whose names do not start with `_` or `.`. For an output of ours
 * these are the files that its manifest names, and the output must be complete. From another system's folder all such files are
 * read.
 *
 * @throws UnfinishedDayError for an incomplete output of ours; InputChangedError for a folder that is being replaced while it
 *   is listed; CorruptInputError for a `_SUCCESS` with an unknown text
 */
export async function listFolder(
  store: Store,
  prefix: string,
  { owner, warn = () => undefined }: FolderReading = {},
): Promise<ObjectInfo[]> {
  const { state, objects, successEtag } = await lookAtFolder(store, prefix, owner);
  if (state.kind === 'empty') return [];
  await checkUnchanged(store, prefix, objects, successEtag);
  const place = `${store.root}/${prefix}`;
  switch (state.kind) {
    case 'unfinished':
      throw new UnfinishedDayError(
        `${place} is not whole: ${state.why}. Its writer was stopped, or is still writing. ` +
          `Compute ${owner === undefined ? 'it' : `day ${dayInWords(owner.day)} of ${owner.job}`} again` +
          (owner === undefined ? '' : ', or set skipUnfinishedDays to true to leave this day out'),
      );
    case 'foreign':
      if (state.mark !== undefined && state.mark.trim() !== '') {
        throw new CorruptInputError(
          `${place}${SUCCESS} holds ${JSON.stringify(state.mark.slice(0, 40))}, which is neither a manifest nor empty: ` +
            'compute the folder again, or remove this file if all others are whole',
        );
      }
      if (state.mark === undefined && owner !== undefined) {
        warn(`${place} has no ${SUCCESS}, so nothing says whether it is whole: all of its files are read`);
      }
      await checkAllAreFiles(store, prefix);
      return readable([...objects.values()], prefix);
    case 'whole': {
      const files = new Set(state.files);
      const others = readable([...objects.values()], prefix).filter((object) => !files.has(object));
      if (others.length > 0) {
        const shown = others.slice(0, 3).map(({ key }) => key.slice(prefix.length));
        const more = others.length > 3 ? `, and ${others.length - 3} more` : '';
        warn(`${place} holds files that its ${SUCCESS} does not name (${shown.join(', ')}${more}): they are not read`);
      }
      return readable(state.files, prefix);
    }
  }
}

const readable = (objects: readonly ObjectInfo[], prefix: string): ObjectInfo[] =>
  objects.filter(({ key, size }) => size > 0 && isRead(key, prefix));

const isRead = (key: string, prefix: string): boolean => !/^[._]/.test(key.slice(prefix.length));

/**
 * Checks that all names in another system's folder are files. Nothing says which files such a folder should have, so a link
 * that leads nowhere must not be skipped.
 *
 * @throws CorruptInputError
 */
async function checkAllAreFiles(store: Store, prefix: string): Promise<void> {
  const isWanted = (key: string): boolean => isRead(key, prefix) && !key.slice(prefix.length).includes('/');
  for await (const _ of store.list(prefix, { isWanted }));
}

/**
 * Checks that the listed files are those of one run: `_SUCCESS` must be the same before and after listing. If there is none,
 * the files must be the same when they are listed again, because a writer may have been active.
 *
 * @throws InputChangedError
 */
async function checkUnchanged(
  store: Store,
  prefix: string,
  objects: FolderObjects,
  before: string | undefined,
): Promise<void> {
  const after = await store.head(prefix + SUCCESS);
  const isSame = after?.etag === before && (before !== undefined || isAlike(objects, await objectsIn(store, prefix)));
  if (isSame) return;
  throw new InputChangedError(`${prefix} is being replaced while it is read: run again when its writer is done`);
}

const isAlike = (a: FolderObjects, b: FolderObjects): boolean =>
  a.size === b.size && [...a].every(([name, { size }]) => b.get(name)?.size === size);

/** A part of all inputs, one after another: the weighted bytes `start` (inclusive) to `end` (exclusive). */
export type InputShard = { readonly start: number; readonly end: number };

/** One input object, or a range of its bytes. */
export interface Source {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly range?: { readonly start: number; readonly end: number };
}

const isGzip = (object: ObjectInfo): boolean => object.key.endsWith('.gz');
const weightOf = (object: ObjectInfo): number => (isGzip(object) ? object.size * GZIP_RATIO : object.size);

const isCut = (object: ObjectInfo): boolean => !isGzip(object) && object.size > RANGED_FILE_BYTES;

/** Returns the most shards that can read the inputs, if none of them can be divided; undefined otherwise. */
export const mostShards = (inputs: readonly ObjectInfo[]): number | undefined =>
  inputs.some(isCut) ? undefined : inputs.length;

/** Returns the bytes of text in the inputs, estimated from their sizes. */
export const weightOfAll = (inputs: readonly ObjectInfo[]): number =>
  inputs.reduce((sum, object) => sum + weightOf(object), 0);

/**
 * Divides the inputs into shards of equal weight: as many as `--shards` asks for, or else shards of about `targetBytes`. A
 * `.gz` file or a small file is not divided. It belongs to the shard that contains its middle. A shard without input is left
 * out.
 *
 * @param growth as in `MapStep.growth`
 */
export function planInputShards(
  run: Pick<Run, 'inputs' | 'shards' | 'onLoad'>,
  targetBytes: number,
  growth?: number,
): InputShard[] {
  const { inputs } = run;
  const total = weightOfAll(inputs);
  const count = shardCount(run, total, targetBytes, growth);
  const cuts = Array.from({ length: count + 1 }, (_, part) => Math.round((total * part) / count));
  return cuts
    .slice(1)
    .map((end, part) => ({ start: cuts[part]!, end }))
    .filter((shard) => sourcesOf(inputs, shard).length > 0);
}

/** Returns the objects and ranges of one shard, in the order of the inputs. */
export function sourcesOf(inputs: readonly ObjectInfo[], shard: InputShard): Source[] {
  const sources: Source[] = [];
  let at = 0;
  for (const object of inputs) {
    const { key, etag, size } = object;
    const weight = weightOf(object);
    if (!isCut(object)) {
      const middle = at + weight / 2;
      if (middle >= shard.start && middle < shard.end) sources.push({ key, etag, size });
    } else {
      const start = Math.max(0, shard.start - at);
      const end = Math.min(size, shard.end - at);
      if (start < end) sources.push({ key, etag, size, range: { start, end } });
    }
    at += weight;
  }
  return sources;
}
