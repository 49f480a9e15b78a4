/**
 * The output of a run: a folder of actions for each client, a folder of pairs if ids are assigned, and `_rejected/<day>/`. The
 * `_SUCCESS` of the last one speaks for the whole run: it holds the counts, and the names of the folders.
 */
import { defined } from '../../shared/defined.ts';
import { DamagedObjectError, UsageError } from '../../shared/errors.ts';
import type { OutputFile, OutputFolder, Piece, Publication } from '../../shared/job/job.ts';
import { type Manifest, parseManifest, readManifest, readSuccess } from '../../shared/job/manifest.ts';
import { clientNameProblem } from '../../shared/model/client-name.ts';
import { daySketchFile } from '../../shared/model/day-sketch-file.ts';
import { IDS } from '../../shared/model/id-pairs.ts';
import { collectBody } from '../../shared/store/body.ts';
import { ACTIONS, dayFolder, logsFolder, partName, SKETCH } from '../../shared/store/keys.ts';
import type { SegmentFile } from '../../shared/store/segments.ts';
import type { DayTally } from './core-tally.ts';
import { rejectSections } from './reject-text.ts';
import type { GroupingRun } from './settings.ts';
import { type ClientTotal, clientTotals, type OrderedPart, orderedParts } from './steps-order.ts';
import { type RepairMeta, repair } from './steps-repair.ts';
import { type ScanMeta, scan } from './steps-scan.ts';
import { readTallies } from './stored-tallies.ts';

export async function publication(run: GroupingRun): Promise<Publication> {
  const scanned = await run.work.openAll(scan);
  const repaired = await run.work.openAll(repair);
  const totals = clientTotals(scanned, repaired);
  const counts = clientCounts(scanned, repaired, totals);
  await checkNames(
    run,
    totals.map(({ client }) => client),
  );

  const { singleClient } = run.settings;
  if (singleClient !== undefined && totals.length === 0) {
    run.log('warn', `none of the lines of client '${singleClient}' is an action of a known user`);
  }
  const ordered = Map.groupBy(await orderedParts(run, totals), ({ client, holds }) => `${client}/${holds}`);
  const tallies = readTallies(
    [...scanned, ...repaired],
    totals.map(({ client }) => client),
    run.day,
  );
  const clients: OutputFolder[] = [];
  for (const { client } of totals) {
    const tally = (await tallies.next()).value as DayTally;
    const files = ordered.get(`${client}/actions`)!.flatMap((part) => part.files);
    const { figures, sketch } = tally.result();
    const sketchBytes = await collectBody(daySketchFile(sketch));
    clients.push({
      prefix: dayFolder(client, ACTIONS, run.day),
      files: [...files, { name: SKETCH, pieces: [madePiece(run, sketchBytes)] }],
      counts: { ...counts.get(client), figures },
    });
    const pairs = ordered.get(`${client}/pairs`);
    if (pairs !== undefined) clients.push(idsFolder(run, client, pairs));
  }
  const folders = clients.map(({ prefix }) => prefix);
  const main = logsFolder(run.day);
  const { others, gone } = await earlierFolders(run, main, folders);
  return {
    folders: [
      ...clients,
      {
        prefix: main,
        files: rejects(scanned),
        counts: { ...sums(counts, scanned), folders, others, clients: Object.fromEntries(counts) },
      },
    ],
    removed: gone,
  };
}

/** Returns the folder with the pairs of assigned ids and texts. */
const idsFolder = ({ day }: GroupingRun, client: string, pairs: readonly OrderedPart[]): OutputFolder => ({
  prefix: dayFolder(client, IDS, day),
  files: pairs.flatMap(({ files }) => files),
  counts: {
    users: pairs.reduce((sum, { counts }) => sum + counts!.users, 0),
    items: pairs.reduce((sum, { counts }) => sum + counts!.items, 0),
  },
});

/** Returns a piece of bytes that were made from the objects of several shards, and are in no object themselves. */
const madePiece = (run: GroupingRun, bytes: Uint8Array): Piece => ({
  key: run.work.prefix + SKETCH,
  start: 0,
  end: bytes.length,
  async *read() {
    yield bytes;
  },
});

/** `forgotten` is absent when no user is forgotten. */
type Counts = Readonly<Record<'read' | 'written' | 'repaired' | 'dropped' | 'rejected' | 'otherDays', number>> & {
  readonly forgotten?: number;
};
const COUNTS = ['read', 'written', 'repaired', 'dropped', 'rejected', 'otherDays'] as const;

function clientCounts(
  scanned: readonly SegmentFile<ScanMeta>[],
  repaired: readonly SegmentFile<RepairMeta>[],
  totals: readonly ClientTotal[],
): Map<string, Counts> {
  const counts = new Map<string, Counts>();
  const add = (client: string, more: Partial<Counts>) => {
    const before = counts.get(client);
    const names = [...COUNTS, ...((before?.forgotten ?? more.forgotten) === undefined ? [] : (['forgotten'] as const))];
    const sum = names.map((name) => [name, (before?.[name] ?? 0) + (more[name] ?? 0)]);
    counts.set(client, Object.fromEntries(sum) as Counts);
  };
  for (const { meta } of scanned) {
    for (const { client, read, rejected, nameless, otherDays, forgotten } of meta.clients) {
      add(client, defined<Partial<Counts>>({ read, rejected, dropped: nameless, otherDays, forgotten }));
    }
  }
  for (const { meta } of repaired) for (const { client, ...own } of meta.clients) add(client, own);
  for (const { client, records } of totals) add(client, { written: records });
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns the sums over all clients. Lines read and rejected include those whose client is unknown. */
function sums(counts: ReadonlyMap<string, Counts>, scanned: readonly SegmentFile<ScanMeta>[]): Counts {
  const total = (name: (typeof COUNTS)[number]) => [...counts.values()].reduce((sum, client) => sum + client[name], 0);
  const all = (name: 'lines' | 'rejected') => scanned.reduce((sum, { meta }) => sum + meta[name], 0);
  const byName = Object.fromEntries(COUNTS.map((name) => [name, total(name)])) as Counts;
  const forgotten = [...counts.values()].flatMap((client) => client.forgotten ?? []);
  return defined<Counts>({
    ...byName,
    read: all('lines'),
    rejected: all('rejected'),
    forgotten: forgotten.length === 0 ? undefined : forgotten.reduce((sum, count) => sum + count, 0),
  });
}

function rejects(scanned: readonly SegmentFile[]): OutputFile[] {
  const pieces = scanned.flatMap((file) => rejectSections(file).map((section) => file.piece(section)));
  return pieces.length === 0 ? [] : [{ name: partName(0), pieces }];
}

/**
 * Returns the folders of earlier runs of the day that this run does not write, because their clients have no action any more. A
 * run for a single client speaks for that client only, and leaves the folders of the others alone.
 */
async function earlierFolders(run: GroupingRun, main: string, folders: readonly string[]) {
  const { singleClient } = run.settings;
  const before = (await earlierManifest(run, main))?.counts as { folders?: string[]; others?: string[] } | undefined;
  const named = [...(before?.folders ?? []), ...(before?.others ?? [])].filter((folder) => !folders.includes(folder));
  const left: string[] = [];
  for (const folder of named) {
    if (await isOwnFolder(run, folder)) left.push(folder);
    else
      run.log('warn', `${main}_SUCCESS names ${folder}, which is no output of this job for this day: it is left alone`);
  }
  if (singleClient === undefined) return { others: [], gone: left };
  const own = foldersOf(singleClient, run.day);
  return {
    others: left.filter((folder) => !own.includes(folder)).sort(),
    gone: left.filter((folder) => own.includes(folder)),
  };
}

/** Returns undefined when there is no manifest. A damaged one is replaced, and its content is lost. */
async function earlierManifest({ output, log }: GroupingRun, main: string): Promise<Manifest | undefined> {
  try {
    return await readManifest(output, main);
  } catch (error) {
    if (!(error instanceof DamagedObjectError)) throw error;
    log('warn', `${error.message} Folders of clients that have no action of this day any more may stay.`);
    return undefined;
  }
}

/** Returns the folders that this job may write for a client and day. */
const foldersOf = (client: string, day: number): readonly string[] =>
  [ACTIONS, IDS].map((folder) => dayFolder(client, folder, day));

/** True when a folder is one that this job writes for this day: neither another job's output nor another system's. */
async function isOwnFolder(run: GroupingRun, folder: string): Promise<boolean> {
  const [client] = folder.split('/');
  if (client === undefined || clientNameProblem(client) !== undefined) return false;
  if (!foldersOf(client, run.day).includes(folder)) return false;
  const success = await readSuccess(run.output, folder);
  // A folder without `_SUCCESS` is left from a removal that was interrupted, so this run continues the removal.
  return success === undefined || parseManifest(success.bytes)?.job === run.job;
}

/** Checks that no two clients share a folder on a disk that ignores case. @throws UsageError when two do */
async function checkNames(run: GroupingRun, clients: readonly string[]): Promise<void> {
  const seen = new Map<string, string>();
  for (const client of clients) {
    const folded = client.normalize('NFC').toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined && (await run.output.ignoresCase?.()) === true) {
      throw new UsageError(
        `clients '${other}' and '${client}' differ in case only, and the disk of ${run.output.root} does not tell them apart: ` +
          'choose an output folder on another disk, or one client with --single-client',
      );
    }
    seen.set(folded, client);
  }
}
