/** Reads the status of an output root: what each job has published for each client, and which runs are not finished. */
import { PipelineError } from '../../shared/errors.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { readManifest } from '../../shared/job/manifest.ts';
import { isRecord, type JsonValue, parseJson } from '../../shared/json.ts';
import { REPORT, reportKey, SUCCESS, stepOfShard, USAGE_KEY } from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';

/** The newest day that a job has published for a client, or the day that the filter names. */
export interface PublishedStatus {
  readonly client: string;
  /** The job that writes the folder; the folder's name when no job does. */
  readonly job: string;
  readonly day: number;
  /** The number of published days. */
  readonly days: number;
  /** Null for a folder of another system, and for a damaged one. */
  readonly run: string | null;
  readonly counts: Readonly<Record<string, JsonValue>> | null;
  /** Why its manifest cannot be read. */
  readonly damaged: string | null;
}

/** A run whose work area has no `usage.json`: it is running, or it was interrupted and the same command resumes it. */
export interface UnfinishedRun {
  /** Null for a job over all clients. */
  readonly client: string | null;
  readonly job: string;
  readonly run: string;
  /** The newest step that has written something. */
  readonly step: string | null;
  readonly objects: number;
}

export interface LocalStatus {
  readonly root: string;
  readonly published: readonly PublishedStatus[];
  readonly unfinished: readonly UnfinishedRun[];
  /** The keys of the clients' newest reports, or of their reports of the day that was asked for. */
  readonly reports: readonly string[];
}

/** Null selects all. */
export interface StatusFilter {
  readonly client: string | null;
  readonly day: number | null;
}

const OUTPUT = /^([^/._][^/]*)\/([^/]+)\/(\d{1,7})\/([^/]+)$/;
const WORK = /^\.work\/([^/]+)\/([^/]+)\/([0-9a-f]{16})\/(.+)$/;
/** The record of the run that published a day. */
const PUBLISHED = /^\.work\/[^/]+\/[^/]+\/published\/\d{1,7}\.json$/;

/** Reads every key of the root once, and the manifests of the outputs that it reports. */
export async function localStatus(
  output: Store,
  jobs: readonly AnyJob[],
  { client, day }: StatusFilter,
): Promise<LocalStatus> {
  const folders = new Map<string, { client: string; folder: string; days: Set<number> }>();
  const runs = new Map<string, UnfinishedRun & { isFinished: boolean }>();
  const records: string[] = [];
  for await (const { key } of output.list('')) {
    noteFolder(folders, key);
    noteRun(runs, key, jobs);
    if (PUBLISHED.test(key)) records.push(key);
  }
  const done = await publishedRuns(output, records);
  const published: PublishedStatus[] = [];
  const reports: string[] = [];
  for (const found of folders.values()) {
    if (client !== null && found.client !== client) continue;
    const shown = day ?? Math.max(...found.days);
    if (!found.days.has(shown)) continue;
    if (found.folder === REPORT) reports.push(reportKey(found.client, shown));
    else published.push(await publishedStatus(output, jobs, found, shown));
  }
  // A command that finds a day done writes a plan again where the work area is gone. Nothing else is in it then.
  const isDone = ({ isFinished, step, run }: UnfinishedRun & { readonly isFinished: boolean }): boolean =>
    isFinished || (step === null && done.has(run));
  const unfinished = [...runs.values()].filter((run) => !isDone(run) && (client === null || run.client === client));
  return {
    root: output.root,
    published: published.sort((a, b) => compare(a.client, b.client) || compare(a.job, b.job)),
    unfinished: unfinished.map(({ isFinished: _, ...run }) => run),
    reports: reports.sort(),
  };
}

/** Returns the runs that the records of published days name. */
async function publishedRuns(output: Store, records: readonly string[]): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  for (const key of records) {
    const record = parseJson(Buffer.from((await output.get(key)).bytes).toString('utf8'));
    if (isRecord(record) && typeof record.run === 'string') named.add(record.run);
  }
  return named;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function noteFolder(folders: Map<string, { client: string; folder: string; days: Set<number> }>, key: string): void {
  const [, client, folder, day] = OUTPUT.exec(key) ?? [];
  if (client === undefined || folder === undefined) return;
  const place = `${client}/${folder}`;
  const known = folders.get(place) ?? { client, folder, days: new Set() };
  folders.set(place, known);
  known.days.add(Number(day));
}

function noteRun(
  runs: Map<string, UnfinishedRun & { isFinished: boolean }>,
  key: string,
  jobs: readonly AnyJob[],
): void {
  const [, job, client, run, rest] = WORK.exec(key) ?? [];
  if (job === undefined || client === undefined || run === undefined) return;
  const place = `${job}/${client}/${run}`;
  const known = runs.get(place);
  const step = stepOfShard(key) ?? null;
  runs.set(place, {
    client: client === '_all' ? null : client,
    job,
    run,
    step: step === null ? (known?.step ?? null) : laterStep(jobs, job, known?.step ?? null, step),
    objects: (known?.objects ?? 0) + 1,
    isFinished: known?.isFinished === true || rest === USAGE_KEY,
  });
}

/** Returns the later step in the job's order. The keys are listed by name. */
function laterStep(jobs: readonly AnyJob[], jobName: string, before: string | null, step: string): string {
  const steps = jobs.find(({ name }) => name === jobName)?.steps ?? [];
  const placeOf = (name: string) =>
    steps.findIndex(
      (candidate) => candidate.name === name || (candidate.kind === 'loop' && candidate.body.name === name),
    );
  return before !== null && placeOf(before) > placeOf(step) ? before : step;
}

async function publishedStatus(
  output: Store,
  jobs: readonly AnyJob[],
  { client, folder, days }: { client: string; folder: string; days: ReadonlySet<number> },
  day: number,
): Promise<PublishedStatus> {
  const place = {
    client,
    job: jobs.find(({ writes }) => writes === folder)?.name ?? folder,
    day,
    days: days.size,
  };
  const nothing = { run: null, counts: null, damaged: null };
  try {
    const manifest = await readManifest(output, `${client}/${folder}/${day}/`);
    if (manifest === undefined) return { ...place, ...nothing };
    return { ...place, run: manifest.run, counts: manifest.counts, damaged: null };
  } catch (error) {
    // A damaged folder must not keep the others from being reported.
    if (!(error instanceof PipelineError)) throw error;
    return { ...place, ...nothing, damaged: `${SUCCESS}: ${error.message}` };
  }
}
