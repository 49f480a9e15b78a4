/**
 * Judges a run before its output goes live, and throws when the output may not go live.
 *
 * The staged output is judged, or the published one if the run was published before, because its work area may be gone. The
 * RunRef tells which model was live when the run was configured, so this step needs neither ZooKeeper nor a database.
 */
import { atMost } from '../at-most.ts';
import { MissingObjectError, PreconditionFailedError } from '../errors.ts';
import { ownManifest } from '../job/folder-state.ts';
import { type AnyJob, modelsNodeOf, type Run } from '../job/job.ts';
import type { Manifest } from '../job/manifest.ts';
import { publicationOf, versionOf } from '../job/output-places.ts';
import type { RunRef } from '../job/run.ts';
import { unlessDamaged, type Warn } from '../live/documents.ts';
import type { LiveModel } from '../live/record.ts';
import { collectBody } from '../store/body.ts';
import { dayFolder, SKETCH, SKETCH_KEY, VERDICT, VERDICT_KEY } from '../store/keys.ts';
import { sealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';
import { judgeOutput } from './judge-output.ts';
import { type Judging, SIDES } from './judging.ts';
import { ModelFile } from './model-file.ts';
import { readSketch, type SideSketch, type Sketch, SketchBuilder, sketchObject } from './sketch.ts';
import { blockedError, checksWith, type Gate, type QualityGate, suffices, type Verdict } from './verdict.ts';
import { addVerdict, blockedInARow, newestOf, readVerdict, readVerdicts } from './verdict-history.ts';
import { verifyPublished, verifyStaged } from './verify-bytes.ts';

/** The number of files whose sizes are requested at the same time. */
const FILES_AT_ONCE = 8;

/**
 * Judges the run that `ref` names. Resolves to the verdict after it was written to the work area and to the history.
 * @throws EmptyModelError for a model without a vector, word or pair, under any gate
 * @throws BlockedModelError for a run whose output may not go live
 */
export async function judge(job: AnyJob, ref: RunRef, run: Run): Promise<Verdict> {
  const { gate, gateQuality } = ref;
  const purpose = { gate, gateQuality, activate: ref.goesLive, live: liveIn(ref.live) };
  const verdict = ref.published
    ? await judgePublished(job, run, purpose, warnOf(run))
    : await judgeStaged(job, run as Run<Record<string, unknown>>, purpose);
  logVerdict(run, verdict);
  return verdict;
}

/** The use of the output that a verdict decides on. */
export interface Purpose {
  readonly gate: Gate;
  /** Undefined for a job whose models are not evaluated. */
  readonly gateQuality: QualityGate | undefined;
  readonly activate: boolean;
  readonly live: Verdict['live'];
}

/** Returns the live model as a verdict names it; null when nothing is live, or when the live model's day is unknown. */
export const liveIn = (live: LiveModel | null): Verdict['live'] =>
  live === null || live.day === null ? null : { day: live.day, run: live.run };

async function judgeStaged(job: AnyJob, run: Run, purpose: Purpose): Promise<Verdict> {
  const { folders } = await publicationOf(job, run);
  // The last folder has the manifest of the whole run.
  const { counts, files } = folders.at(-1) ?? { counts: {}, files: [] };
  const sketch = await makeSketch(job.judge as Judging<unknown>, run);
  const verdict = await judgeOutput(job, {
    ...purpose,
    run: run.id,
    client: run.client as string,
    day: run.day,
    settings: run.settings,
    counts,
    files: await atMost(FILES_AT_ONCE, files, (file) => ModelFile.staged(run.output, file)),
    verify: () => verifyStaged(run, files),
    sketch,
    store: run.output,
    actions: run.input,
    warn: warnOf(run),
  });
  await replaceInWork(run, SKETCH_KEY, await collectBody(sketchObject(sketch)));
  await replaceInWork(run, VERDICT_KEY, new TextEncoder().encode(`${sealed(verdict, 2)}\n`));
  const { id, client, day } = run;
  const published = { id, client: client as string, day, store: run.output };
  await addToHistory(job, published, verdict, warnOf(run), () => {
    return `offline run ${job.name} --client ${client} --start-day ${day} --set gate=warn`;
  });
  return verdict;
}

/** A published run, and the store with its output. */
export interface PublishedRun {
  readonly id: string;
  readonly client: string;
  readonly day: number;
  readonly store: Store;
  /** The store with the actions, if it is another one. */
  readonly actions?: Store;
}

const warnOf =
  (run: Run): Warn =>
  (words) =>
    run.log('warn', words);

async function judgePublished(job: AnyJob, run: Run, purpose: Purpose, warn: Warn): Promise<Verdict> {
  const { id, day, output } = run;
  const client = run.client as string;
  const published = { id, client, day, store: output, actions: run.input };
  for (const folder of [versionOf(job, published)!, dayFolder(client, job.writes, day)]) {
    // Publishing repairs a damaged folder from the other one.
    const manifest = await ownManifest(run, folder);
    if (manifest !== undefined) return judgeFolder(job, published, folder, manifest, purpose, warn);
  }
  throw new MissingObjectError(`the output of run ${id} was removed after the run was configured: run again`);
}

/**
 * Returns the verdict on a published output: the newest one if it suffices, or else a new one, which is added to the history.
 * @param folder the folder with the files of the manifest
 * @param warn hears of a damaged history or earlier verdict
 * @throws as `judge`
 */
export async function judgeFolder(
  job: AnyJob,
  published: PublishedRun,
  folder: string,
  manifest: Manifest,
  purpose: Purpose,
  warn: Warn,
): Promise<Verdict> {
  const { id, client, day, store } = published;
  const earlier = await newestVerdict(job, published, warn);
  if (
    earlier !== undefined &&
    earlier.verdict !== 'blocked' &&
    suffices(earlier, id, purpose.gate, purpose.gateQuality)
  ) {
    return earlier;
  }
  const { settings, counts, files } = manifest;
  const verdict = await judgeOutput(job, {
    ...purpose,
    run: id,
    client,
    day,
    settings,
    counts,
    files: await atMost(FILES_AT_ONCE, files, ({ name }) => ModelFile.published(store, folder, name)),
    verify: () => verifyPublished(store, folder, manifest),
    sketch: await readSketch(store, versionOf(job, published)! + SKETCH),
    store,
    actions: published.actions ?? store,
    warn,
  });
  await addToHistory(job, published, verdict, warn, () => {
    return `offline activate ${job.name} --client ${client} --run ${id} --gate warn`;
  });
  return verdict;
}

/**
 * Returns the newest verdict on a published run: the one in the history, or else the first one, which lies beside the model.
 */
export async function newestVerdict(job: AnyJob, published: PublishedRun, warn: Warn): Promise<Verdict | undefined> {
  const { id, client, store } = published;
  const verdicts = await unlessDamaged(() => readVerdicts(store, client, modelsNodeOf(job) as string), [], warn);
  const later = newestOf(verdicts, id);
  if (later !== undefined) return later;
  const first = await unlessDamaged(() => readVerdict(store, versionOf(job, published)! + VERDICT), undefined, warn);
  return first?.run === id ? first : undefined;
}

/**
 * Adds the verdict to the history. A damaged history gives a warning and does not stop the run.
 * @param release returns the command that makes a blocked model live in spite of its verdict
 * @throws BlockedModelError for a verdict that blocks
 */
async function addToHistory(
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

/** Writes an object of the work area, over an object that an earlier gate or damage has left. Equal attempts write once. */
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

function logVerdict(run: Run, verdict: Verdict): void {
  if (verdict.gate === 'off') {
    run.log('warn', 'gate is off: the model was not judged');
    return;
  }
  if (verdict.verdict !== 'warned') return;
  for (const failure of checksWith('warned', verdict))
    run.log('warn', `verdict: ${failure}`, { verdict: verdict.verdict });
}
