/**
 * Rewrites the grouped actions of a day without some users. The files, the figures and the sketch are those that grouping the
 * logs anew would write with these users on the client's list of forgotten ones. The manifest's counts are the same too, because
 * `read`, `repaired`, `dropped`, `rejected` and `otherDays` count forgotten users as well.
 */
import { rewriteFolder } from '../../shared/forget/rewrite-folder.ts';
import { countLines, rejectTest, type WantedUsers } from '../../shared/forget/user-files.ts';
import { Handoff } from '../../shared/handoff.ts';
import type { Manifest } from '../../shared/job/manifest.ts';
import { readSuccess } from '../../shared/job/manifest.ts';
import type { JsonValue } from '../../shared/json.ts';
import { gzipChunks } from '../../shared/lines/gzip.ts';
import { readLines } from '../../shared/lines/read-lines.ts';
import { daySketchFile } from '../../shared/model/day-sketch-file.ts';
import { parseIdPair } from '../../shared/model/id-pairs.ts';
import { partCount, partOf } from '../../shared/shuffle/parts.ts';
import { piecesOf } from '../../shared/store/body.ts';
import { ACTIONS, dayFolder, logsFolder, partName, runFolder, SKETCH, SUCCESS } from '../../shared/store/keys.ts';
import { openSealed, sealed } from '../../shared/store/sealed.ts';
import type { Body, ObjectInfo, Store } from '../../shared/store/store.ts';
import { DayTally } from './core-tally.ts';
import { mergeUserRuns, type OnAction, readUserRuns, type UserRun } from './user-runs.ts';

/** The name under which staged files lie in the work area. */
const FORGET = 'forget';
const CHUNK_BYTES = 1 << 18;
const NEWLINE = Buffer.from('\n');

export interface DayPlace {
  readonly store: Store;
  readonly client: string;
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
}

const stageOf = (client: string | null, name: string): string => `${runFolder(FORGET, client, name)}`;

/** @param partsOf the number of parts of so many records @returns false for a folder that is no whole output of ours */
export async function forgetInDay(
  { store, client, day }: DayPlace,
  { ids }: WantedUsers,
  partsOf: (records: number) => number = partCount,
): Promise<boolean> {
  const prefix = dayFolder(client, ACTIONS, day);
  const isKept = (user: number): boolean => !ids.has(user);
  return rewriteFolder({
    store,
    prefix,
    stage: stageOf(client, String(day)),
    make: async (manifest, files) => {
      const parts = files.filter(({ key }) => key.slice(prefix.length).startsWith('part-'));
      const { tally, kept } = await tallyOf(store, parts, isKept, day);
      const { written, forgotten = 0 } = manifest.counts as Readonly<Record<string, number>>;
      const counts = { ...manifest.counts, written: kept, forgotten: forgotten + (written! - kept) };
      if (kept === written) return undefined;
      if (kept === 0) return { files: [], counts: () => counts };
      const gzip = parts.some(({ key }) => key.endsWith('.gz'));
      const { figures, sketch } = tally.result();
      const count = partsOf(kept);
      const texts = Array.from({ length: count }, (_, part) => ({
        name: partName(part, gzip),
        body: partText(store, parts, { part, count, gzip }, isKept),
      }));
      const body = asStream(daySketchFile(sketch));
      return { files: [...texts, { name: SKETCH, body }], counts: () => ({ ...counts, figures: { ...figures } }) };
    },
    published: (manifest) => correctWhole(store, client, day, manifest),
  });
}

/** Tallies the kept lines, and counts them. */
async function tallyOf(store: Store, parts: readonly ObjectInfo[], isKept: (user: number) => boolean, day: number) {
  const tally = new DayTally(day);
  let kept = 0;
  const onAction: OnAction = ({ user, timeMs, item, type, texts: { view, length } }) => {
    tally.add(user, timeMs, item, type, view, 0, length);
    kept++;
  };
  for (const part of parts) for await (const _ of readUserRuns(store, part, isKept, onAction));
  return { tally, kept };
}

/** Yields the text of one part of the new output. The old parts have the users' hashes in order, as the new ones do. */
function partText(
  store: Store,
  old: readonly ObjectInfo[],
  { part, count, gzip }: { readonly part: number; readonly count: number; readonly gzip: boolean },
  isKept: (user: number) => boolean,
): AsyncIterable<Uint8Array> {
  const from = Math.floor((part * old.length) / count);
  const to = Math.ceil(((part + 1) * old.length) / count);
  const isOwn = (user: number): boolean => isKept(user) && (count === old.length || partOf(user, count) === part);
  const runs = mergeUserRuns(old.slice(from, to).map((file) => readUserRuns(store, file, isOwn)));
  return gzip ? gzipChunks(chunksOf(runs)) : chunksOf(runs);
}

async function* chunksOf(runs: AsyncIterable<UserRun>): AsyncGenerator<Uint8Array> {
  let chunk: Buffer[] = [];
  let bytes = 0;
  for await (const { lines } of runs) {
    chunk.push(lines);
    bytes += lines.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(chunk);
    chunk = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(chunk);
}

async function* asStream(body: Body): AsyncGenerator<Uint8Array> {
  const pieces = piecesOf(body);
  if (pieces === undefined) yield* body as AsyncIterable<Uint8Array>;
  else yield* pieces;
}

type Counts = Readonly<Record<string, number>>;

/** Corrects the counts of the client in the manifest that speaks for all clients of the day, and the sums in it. */
async function correctWhole(store: Store, client: string, day: number, own: Manifest): Promise<void> {
  const prefix = logsFolder(day);
  const success = await readSuccess(store, prefix);
  if (success === undefined) return;
  const whole = openSealed<Manifest>(success.bytes, `${store.root}/${prefix}${SUCCESS}`);
  const clients = (whole.counts.clients ?? {}) as Readonly<Record<string, Counts>>;
  const was = clients[client];
  // A run for another single client may have written it last. It says nothing about this client.
  if (was === undefined) return;
  const { figures: _figures, ...now } = own.counts;
  const { written, forgotten } = now as Counts;
  const sums = { written: whole.counts.written as number, forgotten: (whole.counts.forgotten ?? 0) as number };
  const folders = whole.counts.folders as readonly string[];
  const corrected: Record<string, JsonValue> = {
    ...whole.counts,
    clients: { ...clients, [client]: now },
    written: sums.written + written! - was.written!,
    forgotten: sums.forgotten + forgotten! - (was.forgotten ?? 0),
    folders: own.files.length > 0 ? folders : folders.filter((folder) => folder !== dayFolder(client, ACTIONS, day)),
  };
  await store.put(prefix + SUCCESS, `${sealed({ ...whole, counts: corrected }, 2)}\n`, { ifMatch: success.etag });
  await store.protect?.(prefix + SUCCESS);
}

/** Removes the rejected lines of a day that name a user, but for those of other clients. @returns as `forgetInDay` */
export const forgetInRejects = ({ store, client, day }: DayPlace, wanted: WantedUsers): Promise<boolean> => {
  const isNamed = rejectTest(wanted, client);
  return forgetLines(store, logsFolder(day), stageOf(null, `rejects-${day}`), (line) => !isNamed(line));
};

/** Removes the pairs of ids and texts of the users. @returns as `forgetInDay` */
export const forgetInPairs = (
  { store, client, day }: DayPlace,
  prefix: string,
  { ids }: WantedUsers,
): Promise<boolean> =>
  forgetLines(store, prefix, stageOf(client, `ids-${day}`), (line) => {
    const pair = parseIdPair(line);
    return pair?.kind !== 'user' || !ids.has(pair.id);
  });

/** Rewrites the text files of a folder without some lines. Other files of it, which may be Parquet, are left out. */
function forgetLines(store: Store, prefix: string, stage: string, isKept: (line: string) => boolean): Promise<boolean> {
  return rewriteFolder({
    store,
    prefix,
    stage,
    make: async ({ counts }, files) => {
      const parts = files.filter(({ key }) => key.slice(prefix.length).startsWith('part-'));
      let dropped = 0;
      for (const part of parts) dropped += await countLines(store, part, (line) => !isKept(line));
      if (dropped === 0) return undefined;
      const contents = parts.map((part) => {
        const lines = keptLines(store, part, isKept);
        return { name: part.key.slice(prefix.length), body: part.key.endsWith('.gz') ? gzipChunks(lines) : lines };
      });
      return { files: contents, counts: () => counts };
    },
  });
}

async function* keptLines(
  store: Store,
  file: ObjectInfo,
  isKept: (line: string) => boolean,
): AsyncGenerator<Uint8Array> {
  const handoff = new Handoff();
  let kept: Buffer[] = [];
  let bytes = 0;
  const reading = readLines(store, file, {
    line: (buffer, start, end) => {
      if (!isKept(buffer.toString('utf8', start, end))) return;
      kept.push(Buffer.from(buffer.subarray(start, end)), NEWLINE);
      bytes += end - start + 1;
    },
    tooLong: () => undefined,
    drain: () => (bytes < CHUNK_BYTES ? undefined : handoff.pause()),
  });
  const take = (): Uint8Array => {
    const taken = Buffer.concat(kept);
    kept = [];
    bytes = 0;
    return taken;
  };
  try {
    while (await handoff.nextPause(reading)) {
      yield take();
      handoff.resume();
    }
    yield take();
  } finally {
    handoff.cancel(reading);
  }
}
