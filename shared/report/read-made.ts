/** Reads what was made on a day: each job's output, its verdict, and what its run used. */
import { atMost } from '../at-most.ts';
import type { SpentRun } from '../cost/read-spent.ts';
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import { readManifestIfIntact } from '../job/manifest.ts';
import { unlessDamaged, type Warn } from '../live/documents.ts';
import { dayFolder, VERDICT, versionFolder } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { type DatedVerdict, newestOf, readVerdict, readVerdicts } from '../verdict/verdict-history.ts';

/** One job's result on one day. */
export interface MadeJob {
  readonly job: string;
  readonly summary: string;
  /**
   * `made`: the output is published. `blocked`: it was computed, and its verdict keeps it from being published. `missing`: there
   * is none, although the day before has one or a run was begun.
   */
  readonly outcome: 'made' | 'blocked' | 'missing';
  readonly run: string | null;
  /** The sizes in the output's manifest. */
  readonly counts: Readonly<Record<string, number>>;
  /** Undefined when the run's account is gone. */
  readonly spent: SpentRun | undefined;
  /** Undefined for a job that is not judged, because it makes no model for a server. */
  readonly verdict: Pick<Verdict, 'verdict' | 'checks' | 'gate'> | undefined;
}

const READERS = 8;

/** Reads the jobs that have something to tell of the day, in the order of `jobs`. @param spent the accounts of the client's runs */
export async function readMade(
  store: Store,
  jobs: readonly AnyJob[],
  client: string,
  day: number,
  spent: readonly SpentRun[],
  warn: Warn,
): Promise<MadeJob[]> {
  const ofClients = jobs.filter(({ scope }) => scope === 'client');
  const found = await atMost(READERS, ofClients, (job) => readJob(store, job, client, day, spent, warn));
  return found.filter((one) => one !== undefined);
}

async function readJob(
  store: Store,
  job: AnyJob,
  client: string,
  day: number,
  spent: readonly SpentRun[],
  warn: Warn,
): Promise<MadeJob | undefined> {
  const manifest = await readManifestIfIntact(store, dayFolder(client, job.writes, day));
  const node = modelsNodeOf(job);
  const verdicts = node === undefined ? [] : await unlessDamaged(() => readVerdicts(store, client, node), [], warn);
  const newest = verdicts.findLast((verdict) => verdict.day === day);
  const runs = spent.filter((one) => one.job === job.name && one.day === day);
  const { name, summary } = job;
  // A later run of the day that was blocked leaves the output of the run before it.
  const isBlocked = newest?.verdict === 'blocked' && newest.run !== manifest?.run;
  if (manifest === undefined || isBlocked) {
    const wasThere = await readManifestIfIntact(store, dayFolder(client, job.writes, day - 1));
    if (!isBlocked && runs.length === 0 && wasThere === undefined) return undefined;
    const run = isBlocked ? newest.run : (runs.at(-1)?.run ?? null);
    const outcome = isBlocked ? 'blocked' : 'missing';
    const own = runs.find((one) => one.run === run);
    return { job: name, summary, outcome, run, counts: {}, spent: own, verdict: isBlocked ? newest : undefined };
  }
  const { run, counts } = manifest;
  return {
    job: name,
    summary,
    outcome: 'made',
    run,
    counts: sizesIn(counts),
    spent: runs.find((one) => one.run === run),
    verdict: node === undefined ? undefined : await verdictOn(store, { client, node, day, run }, verdicts, warn),
  };
}

/** Returns the newest verdict on a run: the last one in the history, or else the one that lies beside the version. */
function verdictOn(
  store: Store,
  { client, node, day, run }: { client: string; node: string; day: number; run: string },
  verdicts: readonly DatedVerdict[],
  warn: Warn,
): Promise<Verdict | undefined> {
  const later = newestOf(verdicts, run);
  if (later !== undefined) return Promise.resolve(later);
  return unlessDamaged(() => readVerdict(store, versionFolder(client, node, day, run) + VERDICT), undefined, warn);
}

/** The counts that tell how large an output is, in the order in which they are shown, and the most of them. */
const SIZES = [
  'users',
  'items',
  'vocabulary',
  'similarities',
  'rules',
  'clusters',
  'tags',
  'sessions',
  'baskets',
  'words',
];
const MOST_SIZES = 2;

function sizesIn(counts: Readonly<Record<string, unknown>>): Record<string, number> {
  const sizes = SIZES.flatMap((name) => (typeof counts[name] === 'number' ? [[name, counts[name]] as const] : []));
  return Object.fromEntries(sizes.slice(0, MOST_SIZES));
}
