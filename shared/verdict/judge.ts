/**
 * Judges a run before its output goes live, and says what follows.
 *
 * What is judged is the staged output, or the published one where the run was published before (its work area may be gone by
 * then). What was live when the run was configured comes with the run, so neither ZooKeeper nor a database is asked.
 */
import { atMost } from '../at-most.ts';
import { MissingObjectError, PreconditionFailedError } from '../errors.ts';
import { ownManifest } from '../job/folder-state.ts';
import { type AnyJob, modelsNodeOf, type Run } from '../job/job.ts';
import type { Manifest } from '../job/manifest.ts';
import { publicationOf } from '../job/output-places.ts';
import type { RunRef } from '../job/run.ts';
import { unlessDamaged, type Warn } from '../live/documents.ts';
import type { LiveModel } from '../live/record.ts';
import { collectBody } from '../store/body.ts';
import { dayFolder, SKETCH, SKETCH_KEY, VERDICT, VERDICT_KEY, versionFolder } from '../store/keys.ts';
import { sealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';
import { judgeOutput } from './judge-output.ts';
import { type Judging, SIDES } from './judging.ts';
import { ModelFile } from './model-file.ts';
import { readSketch, type SideSketch, type Sketch, SketchBuilder, sketchObject } from './sketch.ts';
import { blockedError, failuresOf, type Gate, suffices, type Verdict } from './verdict.ts';
import { addVerdict, blockedInARow, newestOf, readVerdict, readVerdicts } from './verdict-history.ts';
import { verifyPublished, verifyStaged } from './verify-bytes.ts';

/** Files whose sizes are asked for at once. */
const FILES_AT_ONCE = 8;

/**
 * Judges the run that `ref` names; resolves to its verdict once that lies in the work area and in the history.
 * @throws EmptyModelError for a model without a vector, word or pair, under any gate
 * @throws BlockedModelError for a run that was to go live and may not
 */
export async function judge(job: AnyJob, ref: RunRef, run: Run): Promise<Verdict> {
  const about = { gate: ref.gate, activate: ref.goesLive, live: liveIn(ref.live) };
  const verdict = ref.published
    ? await judgePublished(job, run, about, warnOf(run))
    : await judgeStaged(job, run as Run<Record<string, unknown>>, about);
  tell(run, verdict);
  return verdict;
}

/** What a verdict is made for. */
export interface JudgedFor {
  readonly gate: Gate;
  readonly activate: boolean;
  readonly live: Verdict['live'];
}

/** Null where nothing is live, or a model of which no day is known. */
export const liveIn = (live: LiveModel | null): Verdict['live'] =>
  live === null || live.day === null ? null : { day: live.day, run: live.run };

async function judgeStaged(job: AnyJob, run: Run, about: JudgedFor): Promise<Verdict> {
  const { folders } = await publicationOf(job, run);
  // The last folder speaks for the whole run.
  const { counts, files } = folders.at(-1) ?? { counts: {}, files: [] };
  const sketch = await makeSketch(job.judge as Judging<unknown>, run);
  const verdict = await judgeOutput(job, {
    ...about,
    run: run.id,
    client: run.client as string,
    day: run.day,
    settings: run.settings,
    counts,
    files: await atMost(FILES_AT_ONCE, files, (file) => ModelFile.staged(run.output, file)),
    verify: () => verifyStaged(run, files),
    sketch,
    store: run.output,
  });
  await replaceInWork(run, SKETCH_KEY, await collectBody(sketchObject(sketch)));
  await replaceInWork(run, VERDICT_KEY, new TextEncoder().encode(`${sealed(verdict, 2)}\n`));
  const { id, client, day } = run;
  const published = { run: id, client: client as string, day, store: run.output };
  await remember(job, published, verdict, warnOf(run), () => {
    return `offline run ${job.name} --client ${client} --start-day ${day} --set gate=warn`;
  });
  return verdict;
}

/** A published output by its name. */
export interface PublishedRun {
  readonly run: string;
  readonly client: string;
  readonly day: number;
  readonly store: Store;
}

const warnOf =
  (run: Run): Warn =>
  (words) =>
    run.log('warn', words);

async function judgePublished(job: AnyJob, run: Run, about: JudgedFor, warn: Warn): Promise<Verdict> {
  const { id, day, output } = run;
  const client = run.client as string;
  const published = { run: id, client, day, store: output };
  for (const folder of [versionOf(job, published), dayFolder(client, job.writes, day)]) {
    // A damaged one is mended from the other when the run is published.
    const manifest = await ownManifest(run, folder);
    if (manifest !== undefined) return judgeFolder(job, published, folder, manifest, about, warn);
  }
  throw new MissingObjectError(`the output of run ${id} is gone since it was configured: run again`);
}

/**
 * The verdict on a published output: the newest one where that suffices, else a new one, which the history remembers.
 * @param folder where the files of the manifest are
 * @param warn hears of a history or an earlier verdict that is damaged
 * @throws as `judge`
 */
export async function judgeFolder(
  job: AnyJob,
  published: PublishedRun,
  folder: string,
  manifest: Manifest,
  about: JudgedFor,
  warn: Warn,
): Promise<Verdict> {
  const { run, client, day, store } = published;
  const earlier = await newestVerdict(job, published, warn);
  if (earlier !== undefined && earlier.verdict !== 'blocked' && suffices(earlier, run, about.gate)) return earlier;
  const { settings, counts, files } = manifest;
  const verdict = await judgeOutput(job, {
    ...about,
    run,
    client,
    day,
    settings,
    counts,
    files: await atMost(FILES_AT_ONCE, files, ({ name }) => ModelFile.published(store, folder, name)),
    verify: () => verifyPublished(store, folder, manifest),
    sketch: await readSketch(store, versionOf(job, published) + SKETCH),
    store,
  });
  await remember(job, published, verdict, warn, () => {
    return `offline activate ${job.name} --client ${client} --run ${run} --gate warn`;
  });
  return verdict;
}

/** The newest verdict on a published run: of the history, else the first one, which lies beside the model. */
export async function newestVerdict(job: AnyJob, published: PublishedRun, warn: Warn): Promise<Verdict | undefined> {
  const { run, client, store } = published;
  const verdicts = await unlessDamaged(() => readVerdicts(store, client, modelsNodeOf(job) as string), [], warn);
  const later = newestOf(verdicts, run);
  if (later !== undefined) return later;
  const first = await unlessDamaged(() => readVerdict(store, versionOf(job, published) + VERDICT), undefined, warn);
  return first?.run === run ? first : undefined;
}

const versionOf = (job: AnyJob, { client, day, run }: PublishedRun): string =>
  versionFolder(client, modelsNodeOf(job) as string, day, run);

/** Adds the verdict to the history, which is a log: a damaged one is said, and keeps no run from its end. @throws BlockedModelError for one that blocks */
async function remember(
  job: AnyJob,
  { client, day, store }: PublishedRun,
  verdict: Verdict,
  warn: Warn,
  release: () => string,
): Promise<void> {
  const node = modelsNodeOf(job) as string;
  const verdicts = await unlessDamaged(() => addVerdict(store, client, node, { ...verdict, day }), [], warn);
  if (verdict.verdict === 'blocked') throw blockedError(verdict, release(), blockedInARow(verdicts));
}

/** Replaces what an earlier gate, or damage, has left. Attempts that judge alike write once. */
async function replaceInWork(run: Run, name: string, wanted: Uint8Array): Promise<void> {
  const key = run.work.prefix + name;
  for (;;) {
    if (await run.work.commit(key, wanted)) return;
    const { bytes, etag } = await run.work.store.get(key);
    if (Buffer.from(bytes).equals(wanted)) return;
    try {
      await run.work.store.put(key, wanted, { ifMatch: etag });
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

function tell(run: Run, verdict: Verdict): void {
  if (verdict.gate === 'off') {
    run.log('warn', 'gate is off: the model was not judged');
    return;
  }
  if (verdict.verdict !== 'warned') return;
  for (const failure of failuresOf(verdict)) run.log('warn', `verdict: ${failure}`, { verdict: verdict.verdict });
}
