/** The local run of one job: it interprets the job's state machine, and runs the handlers on worker threads. */

import { Account, accountName, isAccounted } from '../../shared/cost/usage.ts';
import { defined } from '../../shared/defined.ts';
import { SupersededError } from '../../shared/errors.ts';
import { LOCAL_BUILD } from '../../shared/job/build.ts';
import { earlierOutputs } from '../../shared/job/earlier-outputs.ts';
import { wholeManifest } from '../../shared/job/folder-state.ts';
import type { RunInput } from '../../shared/job/gather.ts';
import { healing } from '../../shared/job/heal.ts';
import { type Execution, execute } from '../../shared/job/interpreter.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { mapsOf } from '../../shared/job/job.ts';
import type { Manifest } from '../../shared/job/manifest.ts';
import { foldersIn, mainFolder, versionOf } from '../../shared/job/output-places.ts';
import { finishedRuns, type RunRef, runPrefix } from '../../shared/job/run.ts';
import { readListIn } from '../../shared/job/shard-lists.ts';
import { compileStateMachine } from '../../shared/job/state-machine.ts';
import type { JsonValue } from '../../shared/json.ts';
import { USAGE_KEY } from '../../shared/store/keys.ts';
import { childLocation, formatLocation, parseLocation } from '../../shared/store/location.ts';
import { openStore } from '../../shared/store/open-store.ts';
import type { Store } from '../../shared/store/store.ts';
import { newestVerdict } from '../../shared/verdict/judge.ts';
import type { LogEntry, WorkerPool } from './pool.ts';

/** Receives a run's progress. */
export interface RunWatcher {
  /** A state begins. `shards` is defined for a Map. */
  step?(name: string, shards: number | undefined): void;
  shard?(name: string, done: number, of: number): void;
  log?(entry: LogEntry): void;
}

/** The usage of one step, in all its iterations together. */
export interface StepUsage {
  readonly step: string;
  /** The number of shards that this run computed, and of those that an earlier run had computed. */
  computed: number;
  found: number;
  /** The wall time from the start of the first invocation to the end of the last one, summed over iterations. */
  seconds: number;
  /** The CPU time of the handlers on their threads. */
  cpuSeconds: number;
  peakMemoryMb: number;
}

export interface RunSummary {
  readonly job: string;
  readonly client: string | null;
  readonly day: number;
  readonly run: string;
  /** True when an earlier run had done everything, so that this run only checked it. */
  readonly alreadyDone: boolean;
  /** The location of the output. */
  readonly output: string;
  /** The root of the outputs. */
  readonly root: string;
  /** The location that the runtime node names now; null when nothing went live. */
  readonly activated: string | null;
  /** Why the model may not go live; null when it went live, and when the run was not asked to activate it. */
  readonly notActivated: string | null;
  /** The verdict on the output; null when it was not judged. */
  readonly verdict: string | null;
  /** The newest output of an earlier day with the same setting `days`; null when there is none, and for a job over all clients. */
  readonly before: Pick<Manifest, 'day' | 'counts'> | null;
  readonly seconds: number;
  readonly steps: readonly StepUsage[];
  readonly manifest: Manifest;
  readonly warnings: readonly string[];
}

export async function runLocally(
  job: AnyJob,
  input: RunInput & { readonly requestedAt: string },
  pool: WorkerPool,
  watcher: RunWatcher = {},
): Promise<RunSummary> {
  const started = performance.now();
  const usage = new UsageByStep(new Set(mapsOf(job).map((step) => step.name)));
  const account = new Account(job);
  const warnings: string[] = [];
  const onLog = (entry: LogEntry): void => {
    if (entry.level === 'warn') warnings.push(entry.message);
    watcher.log?.(entry);
  };
  const execution: Execution = defined({
    concurrency: pool.size,
    startTime: input.requestedAt,
    invoke: async (handler, event, timeoutSeconds) => {
      const name = accountName(handler, (event as { step?: string }).step);
      const call = usage.begin(name);
      const answer = await pool.invoke({ job: job.name, handler, event }, timeoutSeconds, onLog, (used) => {
        if (isAccounted(job, handler)) account.add(name, used);
        call.used(used);
      });
      call.end(answer);
      return answer;
    },
    readList: readListIn(openStore),
    onRetry: (handler, error, retry, of, delay) =>
      watcher.log?.({
        kind: 'log',
        level: 'warn',
        message: `${handler} failed and is tried again within ${delay} s, retry ${retry} of ${of}: ${error.name}: ${error.message}`,
        fields: {},
      }),
    onState: watcher.step?.bind(watcher),
    onItem: watcher.shard?.bind(watcher),
  });
  const machine = compileStateMachine(job, 0, LOCAL_BUILD);
  const end = await healing(
    () => execute(machine, input, execution),
    (why) => onLog({ kind: 'log', level: 'warn', message: `${why} This run starts again.`, fields: {} }),
  );

  const ref = (end.run as { ref: RunRef }).ref;
  const output = await openStore(ref.output);
  const folder = mainFolder(job, ref.client ?? undefined, ref.day);
  const seconds = (performance.now() - started) / 1000;
  const steps = usage.steps();
  if (!ref.done) {
    await account.close(ref, openStore, pool.size);
    await dropEarlierRuns(job, ref);
  }
  const { place, manifest } = await outputOf(job, ref, output);
  for (const prefix of new Set([place, folder, ...foldersIn(manifest)])) await output.tidy?.(prefix);
  return {
    job: job.name,
    client: ref.client,
    day: ref.day,
    run: ref.id,
    alreadyDone: ref.done,
    seconds,
    steps,
    warnings,
    output: formatLocation(childLocation(parseLocation(output.root), place)),
    root: output.root,
    ...activationOf(ref, end),
    verdict: verdictOf(end) ?? (await earlierVerdict(job, ref, output)),
    before: await outputBefore(job, ref, manifest, output),
    manifest,
  };
}

/** Returns the result of the activation, from the last state or, when nothing was left to do, from `configure`. */
function activationOf(
  ref: RunRef,
  end: Record<string, JsonValue | undefined>,
): Pick<RunSummary, 'activated' | 'notActivated'> {
  // One state sets a runtime node, and another state fills a table. No job has both.
  const answer = (end.activated ?? end.followed) as { ref?: { notActivated?: string } } | undefined;
  const notActivated = (ref.done ? ref.notActivated : answer?.ref?.notActivated) ?? null;
  const isLive = ref.activation !== null && notActivated === null;
  return { activated: isLive ? (ref.activation?.location ?? null) : null, notActivated };
}

/** Returns the verdict of this run; null when it was not judged. */
function verdictOf(end: Record<string, JsonValue | undefined>): string | null {
  const judged = end.verdict as { ref?: { verdict?: string | null } } | undefined;
  return judged?.ref?.verdict ?? null;
}

/** Returns the newest verdict on a run that had nothing left to do; null when it was never judged. */
async function earlierVerdict(job: AnyJob, { done, client, day, id }: RunRef, store: Store): Promise<string | null> {
  if (!done || client === null || job.judge === undefined) return null;
  const verdict = await newestVerdict(job, { id, client, day, store }, () => undefined);
  return verdict?.verdict ?? null;
}

async function outputBefore(
  job: AnyJob,
  { client, day }: RunRef,
  { settings }: Manifest,
  output: Store,
): Promise<RunSummary['before']> {
  if (client === null) return null;
  const folder = `${client}/${job.writes}/`;
  const [before] = await earlierOutputs({ output, folder, job: job.name, day, days: settings.days }, 1);
  return before === undefined ? null : { day: before.day, counts: before.counts };
}

/** Returns the location of the run's output: the day folder, or the version when the day folder holds another run. */
async function outputOf(job: AnyJob, ref: RunRef, output: Store): Promise<{ place: string; manifest: Manifest }> {
  const version = versionOf(job, { ...ref, client: ref.client ?? undefined });
  const day = mainFolder(job, ref.client ?? undefined, ref.day);
  for (const place of version === undefined ? [day] : [day, version]) {
    const manifest = await wholeManifest(output, place);
    if (manifest?.run === ref.id) return { place, manifest };
  }
  throw new SupersededError(
    `${output.root}/${day} does not hold run ${ref.id} any more: a newer request has replaced it`,
  );
}

/**
 * Removes the work areas of earlier finished runs of the same job and client. `usage.json` is removed last, so that an
 * interrupted removal is resumed.
 */
async function dropEarlierRuns(job: AnyJob, ref: RunRef): Promise<void> {
  const output = await openStore(ref.output);
  for (const [run, keys] of await finishedRuns(output, job.name, ref.client)) {
    if (run === ref.id) continue;
    const last = runPrefix(job.name, ref.client, run) + USAGE_KEY;
    for (const key of keys.filter((candidate) => candidate !== last)) await output.delete(key);
    await output.delete(last);
  }
}

/** Sums up what invocations use, by step. */
class UsageByStep {
  readonly #steps = new Map<string, StepUsage & { running: number; since: number }>();
  readonly #maps: ReadonlySet<string>;

  constructor(maps: ReadonlySet<string>) {
    this.#maps = maps;
  }

  /** @param name the name that `accountName` gives the invoked handler */
  begin(name: string) {
    let step = this.#steps.get(name);
    if (step === undefined) {
      step = { step: name, computed: 0, found: 0, seconds: 0, cpuSeconds: 0, peakMemoryMb: 0, running: 0, since: 0 };
      this.#steps.set(name, step);
    }
    const used = step;
    if (used.running++ === 0) used.since = performance.now();
    return {
      used: ({ cpuMs, memoryMb }: { cpuMs: number; memoryMb: number }) => {
        used.cpuSeconds += cpuMs / 1000;
        used.peakMemoryMb = Math.max(used.peakMemoryMb, memoryMb);
        if (--used.running === 0) used.seconds += (performance.now() - used.since) / 1000;
      },
      end: (answer: JsonValue) => {
        if (!this.#maps.has(name)) return;
        if ((answer as { computed?: boolean }).computed) used.computed++;
        else used.found++;
      },
    };
  }

  steps(): StepUsage[] {
    return [...this.#steps.values()].map(({ running: _running, since: _since, ...step }) => step);
  }
}
