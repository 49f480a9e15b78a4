/**
 * Judges a run's output before it goes live: all checks, the verdict, and what follows from it.
 *
 * What is judged is the staged output, or the published one where the run was published before (its work area may be gone by
 * then). What was live when the run was configured comes with the run, so neither ZooKeeper nor a database is asked.
 */
import { atMost } from '../at-most.ts';
import { EmptyModelError, MissingObjectError, PreconditionFailedError } from '../errors.ts';
import { type AnyJob, modelsNodeOf, type Run } from '../job/job.ts';
import { type Manifest, readManifest } from '../job/publish.ts';
import type { RunRef } from '../job/run.ts';
import { dayFolder, SKETCH, SKETCH_KEY, VERDICT, VERDICT_KEY, versionFolder } from '../store/keys.ts';
import { openSealed, sealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';
import { checkCoverage } from './check-coverage.ts';
import { checkEmpty } from './check-empty.ts';
import { checkFinite } from './check-finite.ts';
import { checkReadable } from './check-readable.ts';
import { type Counts, type Judged, type Judging, SIDES } from './judging.ts';
import { ModelFile } from './model-file.ts';
import { readSketch, type SideSketch, type Sketch, SketchBuilder, shareGone, sketchObject } from './sketch.ts';
import {
  blockedError,
  type Check,
  checkOf,
  type Finding,
  failuresOf,
  suffices,
  type Verdict,
  worstOf,
} from './verdict.ts';

/** Files whose sizes are asked for at once. */
const FILES_AT_ONCE = 8;

/** The output of a run, wherever it lies. */
interface Output {
  readonly counts: Counts;
  readonly files: readonly ModelFile[];
}

/**
 * Judges the run that `ref` names; resolves to its verdict once that lies in the work area.
 * @throws EmptyModelError for a model without a vector, word or pair, under any gate
 * @throws BlockedModelError for a run that was to go live and may not
 */
export async function judge(job: AnyJob, ref: RunRef, run: Run): Promise<Verdict> {
  const judging = job.judge as Judging<unknown>;
  const earlier = ref.published ? await publishedVerdict(job, run) : undefined;
  if (earlier !== undefined && suffices(earlier, run.id, ref.gate)) return earlier;
  const output = ref.published ? await publishedOutput(job, run) : await stagedOutput(job, run);
  const sketch = ref.published ? await versionSketch(job, run) : await makeSketch(judging, run);
  const verdict = await verdictOn(job, ref, run, output, sketch);
  if (!ref.published) {
    await run.work.commit(run.work.prefix + SKETCH_KEY, sketchObject(sketch ?? {}));
    await writeVerdict(run, verdict);
  }
  tell(run, verdict);
  if (verdict.verdict === 'blocked') throw blockedError(verdict, releaseOf(job, ref), 1);
  return verdict;
}

async function verdictOn(
  job: AnyJob,
  ref: RunRef,
  run: Run,
  output: Output,
  sketch: Sketch | undefined,
): Promise<Verdict> {
  const { gate, goesLive: activate } = ref;
  const live = liveOf(ref);
  const about = { run: run.id, gate, activate, live: live && { day: live.day, run: live.run } };
  const judging = job.judge as Judging<unknown>;
  const judged: Judged<unknown> = { settings: run.settings, counts: output.counts };
  if (gate === 'off') {
    refuseEmpty(judging, recordsByCounts(judging, output.counts));
    return { ...about, verdict: null, checks: [] };
  }
  const { finding: readable, sample, records } = await checkReadable(judged, judging.tables, output.files);
  refuseEmpty(judging, records);
  const findings: [name: string, finding: Finding][] = [['finite', checkFinite(output.counts)]];
  if (judging.learned) findings.push(['learned', judging.learned(judged, sample)]);
  findings.push(['empty', checkEmpty(records)], ['readable', readable]);
  findings.push(['coverage', await coverage(job, run, output.counts, live, sketch)]);
  const checks: Check[] = findings.map(([name, finding]) => checkOf(name, finding, gate, activate));
  return { ...about, verdict: worstOf(checks), checks };
}

function refuseEmpty({ mayBeEmpty }: Judging<unknown>, records: number): void {
  if (mayBeEmpty || records > 0) return;
  throw new EmptyModelError('the model is empty: there is no vector, word or pair in it. Nothing is published');
}

const recordsByCounts = ({ tables }: Judging<unknown>, counts: Counts): number =>
  tables.reduce((sum, table) => sum + (table.records(counts) ?? 0), 0);

async function stagedOutput(job: AnyJob, run: Run): Promise<Output> {
  const { folders } = await job.publish(run);
  // The last folder speaks for the whole run.
  const { counts, files } = folders.at(-1) ?? { counts: {}, files: [] };
  return { counts, files: await atMost(FILES_AT_ONCE, files, (file) => ModelFile.staged(run.output, file)) };
}

async function publishedOutput(job: AnyJob, run: Run): Promise<Output> {
  for (const prefix of foldersOf(job, run)) {
    const manifest: Manifest | undefined = await readManifest(run.output, prefix);
    if (manifest?.run !== run.id) continue;
    const { counts, files } = manifest;
    const opened = await atMost(FILES_AT_ONCE, files, ({ name }) => ModelFile.published(run.output, prefix, name));
    return { counts, files: opened };
  }
  throw new MissingObjectError(`the output of run ${run.id} is gone since it was configured: run again`);
}

/** Where a published output may lie: in its version, and in the day folder. */
const foldersOf = (job: AnyJob, run: Run): string[] => [
  versionOf(job, run),
  dayFolder(run.client as string, job.writes, run.day),
];

const versionOf = (job: AnyJob, run: Run): string =>
  versionFolder(run.client as string, modelsNodeOf(job) as string, run.day, run.id);

async function publishedVerdict(job: AnyJob, run: Run): Promise<Verdict | undefined> {
  return readVerdict(run.output, versionOf(job, run) + VERDICT);
}

/** The verdict under a key; undefined where there is none. @throws DamagedObjectError */
export async function readVerdict(store: Store, key: string): Promise<Verdict | undefined> {
  try {
    return openSealed<Verdict>((await store.get(key)).bytes, `${store.root}/${key}`);
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

/** Replaces the verdict of an earlier gate. Attempts that judge alike write once. */
async function writeVerdict(run: Run, verdict: Verdict): Promise<void> {
  const key = run.work.prefix + VERDICT_KEY;
  const text = `${sealed(verdict, 2)}\n`;
  for (;;) {
    if (await run.work.commit(key, text)) return;
    const { bytes, etag } = await run.work.store.get(key);
    if (new TextDecoder().decode(bytes) === text) return;
    try {
      await run.work.store.put(key, text, { ifMatch: etag });
      return;
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
  }
}

async function makeSketch(judging: Judging<unknown>, run: Run<unknown>): Promise<Sketch> {
  const sketch: Record<string, SideSketch> = {};
  for (const side of SIDES) {
    const builder = new SketchBuilder();
    for await (const ids of judging.ids(run, side)) builder.add(ids);
    const own = builder.finish();
    if (own.ids > 0) sketch[side] = own;
  }
  return sketch;
}

const versionSketch = (job: AnyJob, run: Run): Promise<Sketch | undefined> =>
  readSketch(run.output, versionOf(job, run) + SKETCH);

/** What the run was configured beside. */
interface Live {
  readonly day: number;
  readonly run: string | null;
}

/** Null where nothing was live, or a model of which no day is known. */
const liveOf = ({ live }: RunRef): Live | null =>
  live === null || live.day === null ? null : { day: live.day, run: live.run };

async function coverage(
  job: AnyJob,
  run: Run,
  counts: Counts,
  live: Live | null,
  sketch: Sketch | undefined,
): Promise<Finding> {
  const finding = await checkCoverage({
    output: run.output,
    folder: `${run.client}/${job.writes}/`,
    job: job.name,
    day: run.day,
    days: run.settings.days,
    sides: (job.judge as Judging<unknown>).sides,
    counts,
  });
  const gone = await goneInWords(job, run, live, sketch);
  return gone === undefined ? finding : { ...finding, says: `${finding.says}; ${gone}` };
}

/** Says what share of the live model's users and items is gone; undefined where its sketch is not there. */
async function goneInWords(
  job: AnyJob,
  run: Run,
  live: Live | null,
  sketch: Sketch | undefined,
): Promise<string | undefined> {
  if (live === null || live.run === null || live.run === run.id || sketch === undefined) return undefined;
  const folder = versionFolder(run.client as string, modelsNodeOf(job) as string, live.day, live.run);
  const before = await readSketch(run.output, folder + SKETCH);
  if (before === undefined) return undefined;
  const shares = SIDES.flatMap((side) => {
    const [old, now] = [before[side], sketch[side]];
    return old && now ? [`${(100 * shareGone(old, now)).toFixed(1)} % of the ${side}`] : [];
  });
  return shares.length === 0 ? undefined : `of the live model, ${shares.join(' and ')} are gone`;
}

function tell(run: Run, verdict: Verdict): void {
  if (verdict.gate === 'off') {
    run.log('warn', 'gate is off: the model was not judged');
    return;
  }
  if (verdict.verdict !== 'warned') return;
  for (const failure of failuresOf(verdict)) run.log('warn', `verdict: ${failure}`, { verdict: verdict.verdict });
}

/** The command that publishes and activates the run in spite of its verdict. */
const releaseOf = (job: AnyJob, { client, day, id, published }: RunRef): string =>
  published
    ? `offline activate ${job.name} --client ${client} --run ${id} --gate warn`
    : `offline run ${job.name} --client ${client} --start-day ${day} --set gate=warn`;
