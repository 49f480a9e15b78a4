/** Finding what a run reads: the day folders that another job wrote, and how they are cut into shards. */
import { CorruptInputError, InputChangedError, NoInputError, UnfinishedDayError } from '../errors.ts';
import { dayInWords } from '../in-words.ts';
import { dayFolder, SUCCESS } from '../store/keys.ts';
import type { ObjectInfo, Store } from '../store/store.ts';
import { type FolderObjects, type FolderOwner, lookAtFolder, objectsIn } from './folder-state.ts';
import type { InputListing, InputRequest, InputSource, Run } from './job.ts';
import { readManifest } from './manifest.ts';
import { shardCount } from './shard-count.ts';
import { whatIsThere } from './what-is-there.ts';

/** Plain files larger than this (bytes) are cut into ranges; what is rejected in them is placed by byte offset. */
export const RANGED_FILE_BYTES = 1 << 20;

/**
 * Of steps that keep little of what they read: up to 4 times their usual share. Each shard of the next step opens the
 * objects of all of theirs, so many small ones cost more in requests than the reading itself.
 */
export const READING_GROWTH = 4;

/** Bytes of text that one byte of gzip stands for, roughly, in logs: what the planner weighs a `.gz` by. */
const GZIP_RATIO = 12;

interface DaySettings {
  readonly inputPath: string;
  readonly days: number;
  readonly skipUnfinishedDays?: boolean;
}

/**
 * The inputs of a job that reads the day folders `<inputPath>/<client>/<folder>/<day>/` of the last `days` days.
 * @param writer the job that writes them, where it is not called as its folder
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
          `${await whatIsThere(store, client as string, folder)}. ` +
          `Check inputPath, client and day, or run the job that writes '${folder}' first`,
      );
    }
    if (missing.length > 0) warnings.unshift(`${missingInWords(missing)} under ${client}/${folder}/: skipped`);
    return { root: settings.inputPath, objects, warnings };
  };
  return { folders: [folder], list };
}

/**
 * The same for a job that reads what may already hold several days (sessions, baskets): warns where both count back, so
 * that days are read twice.
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
        `days is ${settings.days}, and ${client}/${folder}/${read}/ holds ${days} days itself: days are counted twice. ` +
        `Set days to 1 here or in the job that writes '${folder}'`;
      return { ...listing, warnings: [...listing.warnings, warning] };
    }
    return listing;
  };
  return { folders: [folder], list };
}

/** `nothing to read for day 2011-12-09 (15317)`; of many the first five. */
const missingInWords = (days: readonly number[]): string =>
  days.length === 1
    ? `nothing to read for day ${dayInWords(days[0]!)}`
    : `nothing to read for ${days.length} days (${days.slice(0, 5).map(dayInWords).join(', ')}${days.length > 5 ? ', …' : ''})`;

export interface FolderReading {
  /** Who writes such folders; without it none of ours does. */
  readonly owner?: FolderOwner;
  /** Hears of what is odd about a folder that is read all the same. */
  readonly warn?: (warning: string) => void;
}

/**
 * The readable files directly in a folder: not empty, and their name does not start with `_` or `.`. Of an output of ours
 * these are exactly those that its manifest names, and it must be whole; another system's folder is read as it is.
 * @throws UnfinishedDayError for an output of ours that is not whole; InputChangedError for a folder that is being replaced
 * while it is listed; CorruptInputError for a `_SUCCESS` that nobody we know writes
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
        `${place} is not whole: ${state.why}. Its writer was broken off, or is still at it. ` +
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
        warn(`${place} has no ${SUCCESS}, so nothing tells whether it is whole: it is read as it is`);
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
 * Nothing lists what a folder of another system should hold, so a link in it that leads nowhere must not pass for nothing.
 * @throws CorruptInputError
 */
async function checkAllAreFiles(store: Store, prefix: string): Promise<void> {
  const isWanted = (key: string): boolean => isRead(key, prefix) && !key.slice(prefix.length).includes('/');
  for await (const _ of store.list(prefix, { isWanted }));
}

/**
 * The `_SUCCESS` seen before and after listing says that one run was listed. Where there was none both times, the files
 * themselves must be the same: a writer may have come and gone, or be at it. @throws InputChangedError
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

/** A contiguous part of the inputs laid end to end, in weighed bytes: `start` inclusive, `end` exclusive. */
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

/** Shards that can read the inputs at most, where that is no more than there are objects. */
export const mostShards = (inputs: readonly ObjectInfo[]): number | undefined =>
  inputs.some(isCut) ? undefined : inputs.length;

/** Bytes of text that the inputs hold, as far as sizes tell. */
export const weightOfAll = (inputs: readonly ObjectInfo[]): number =>
  inputs.reduce((sum, object) => sum + weightOf(object), 0);

/**
 * Cuts the inputs into the shards asked for, of equal weight, or into parts of about `targetBytes`. A `.gz` and a small
 * file are never cut: they go whole to the part that their middle lies in, and a part left with nothing is left out.
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

/** The objects and ranges of one shard, in the order of the inputs. */
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
