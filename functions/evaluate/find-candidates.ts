/**
 * Finds the models that a day's evaluation judges: for each scored job the live model, if its day is before the test days, else
 * the published one with the largest day before them.
 */
import type { Scorer } from '../../shared/evaluation/scorer.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { wholeManifest } from '../../shared/job/folder-state.ts';
import type { CompleteRequest } from '../../shared/job/job.ts';
import { readChanges } from '../../shared/live/history.ts';
import type { ModelPlace } from '../../shared/live/kept.ts';
import { readLive } from '../../shared/live/live-node.ts';
import type { LiveModel } from '../../shared/live/record.ts';
import { publishedVersions, requestedLast } from '../../shared/live/versions.ts';
import { dayFolder, versionFolder } from '../../shared/store/keys.ts';
import { isSamePlace } from '../../shared/store/location.ts';
import type { Candidate } from './candidates.ts';
import { SCORERS } from './scorers.ts';

type Request = Pick<CompleteRequest<unknown>, 'client' | 'root' | 'output' | 'warn'>;

/** @param before the first test day */
export async function findCandidates(request: Request, before: number): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const scorer of SCORERS) {
    const candidate =
      (await liveCandidate(scorer, request, before)) ?? (await newestCandidate(scorer, request, before));
    if (candidate !== undefined) found.push(candidate);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the live model; undefined when it is not from before the test days, or cannot be read below the output root. */
async function liveCandidate(scorer: Scorer, request: Request, before: number): Promise<Candidate | undefined> {
  const { client, output, warn } = request;
  const live = await liveModelOf(scorer, request);
  if (live === null || (live.day !== null && live.day >= before)) return undefined;
  const folder = folderOf(live, scorer, request);
  const found = folder === undefined ? undefined : await candidateIn(scorer, request, folder);
  if (found !== undefined) return found;
  warn(
    `the live model of ${scorer.job} is not evaluated: ${live.location} is no whole output of ${scorer.job} for ${client} ` +
      `in ${output.root}. The newest published model before ${dayInWords(before)} is evaluated, if there is one`,
  );
  return undefined;
}

/**
 * Returns the model that the runtime node names. For a table it is the last one in the history beside the versions, because the
 * table itself is in a database, which an evaluation does not open.
 */
async function liveModelOf(scorer: Scorer, { client, root, output }: Request): Promise<LiveModel | null> {
  if (scorer.fillsTable) return (await readChanges(output, client, scorer.node)).at(-1)?.live ?? null;
  if (root === undefined) return null;
  const { state } = await readLive({ root, client, node: scorer.node }, { now: new Date() });
  return state.record?.live ?? null;
}

/** Returns the folder of a model below the output root: that of a version, or of a day; undefined for another place. */
function folderOf({ day, run, location }: LiveModel, { node, writes }: Scorer, { client, output }: Request) {
  if (day === null) return undefined;
  const folders = [...(run === null ? [] : [versionFolder(client, node, day, run)]), dayFolder(client, writes, day)];
  return folders.find((folder) => isSamePlace(location, output.root, folder.slice(0, -1)));
}

/** Returns the published model with the largest day before the test days; of several, the one that was requested last. */
async function newestCandidate(scorer: Scorer, request: Request, before: number): Promise<Candidate | undefined> {
  const { client, output } = request;
  const place: ModelPlace = { store: output, client, node: scorer.node };
  const versions = (await publishedVersions(place)).filter(({ day }) => day < before);
  while (versions.length > 0) {
    const { day } = versions.at(-1)!;
    const ofDay = versions.filter((version) => version.day === day);
    const newest = (await requestedLast(place, ofDay, new Date()))!;
    const found = await candidateIn(scorer, request, versionFolder(client, scorer.node, day, newest.run));
    if (found !== undefined) return found;
    // A version that is being removed is not whole.
    versions.splice(
      versions.findIndex(({ run, day: other }) => run === newest.run && other === day),
      1,
    );
  }
  return undefined;
}

/** Returns the model in a folder; undefined when it is not a whole output of the job for the client. */
async function candidateIn(
  { job }: Scorer,
  { client, output }: Request,
  folder: string,
): Promise<Candidate | undefined> {
  const manifest = await wholeManifest(output, folder);
  if (manifest === undefined || manifest.job !== job || manifest.client !== client) return undefined;
  const { run, day, settings } = manifest;
  return { name: job, job, run, day, settings, folder };
}
