/**
 * Trainings for an evaluation: ordinary runs in a root of their own, where nothing goes live. An example with two variants:
 *
 *   <root>/shop/sessionitems/15310/                          a prerequisite of word2vec, with the client's settings
 *   <root>/shop/models/word2vec/15310-0123456789abcdef/      the client's settings
 *   <root>/shop/models/word2vec/15310-fedcba9876543210/      the variant `fast: learningRate 0.1`
 *
 * Variants of one job share the root, because every run has a version of its own. A run whose version is whole is not run
 * again, so a second call with the same request computes nothing, and an interrupted call is resumed.
 */
import type * as z from 'zod';
import { atMost } from '../at-most.ts';
import { factsOf } from '../config/settings.ts';
import { defined } from '../defined.ts';
import { PipelineError } from '../errors.ts';
import { dayOrder, readFrom } from '../job/day-order.ts';
import { wholeManifest } from '../job/folder-state.ts';
import type { RunInput, TimedInput } from '../job/gather.ts';
import type { AnyJob } from '../job/job.ts';
import type { Manifest } from '../job/manifest.ts';
import { mainFolder, versionOf } from '../job/output-places.ts';
import type { OpenStore, RunRef } from '../job/run.ts';
import { thrownError } from '../job/step-answers.ts';
import type { JsonValue } from '../json.ts';

export type SettingValues = Readonly<Record<string, JsonValue>>;

/** Settings that are compared with others. `name` becomes the name of the scorer. */
export interface Variant {
  readonly name: string;
  readonly job: string;
  /** They count more than the client's settings. */
  readonly settings: SettingValues;
}

/** A job's configuration before the settings of a variant are added. */
export type JobConfig = Pick<RunInput, 'config' | 'configRoot' | 'settings'>;

export interface TrainingRequest {
  readonly client: string;
  /** The location in which everything is written: models, prerequisites, work areas. */
  readonly root: string;
  /** The location from which the actions are read, and folders that no job of ours writes. */
  readonly actionsRoot: string;
  /** The last day of the training. */
  readonly day: number;
  /** The number of days of the training. */
  readonly days: number;
  readonly variants: readonly Variant[];
  /** All jobs that may be run: those of the variants, and those whose outputs these read. */
  readonly jobs: readonly AnyJob[];
  /** Returns the configuration of a job, to which the settings of its variants are added. By default there is none. */
  readonly configOf?: (job: AnyJob) => JobConfig;
  /** ISO-8601. */
  readonly requestedAt: string;
  /** The number of shards of every step. By default it is planned by bytes. */
  readonly shards?: number;
  /** Called when a run has ended, with the name of its variant or its job. */
  readonly onEnded?: (name: string, outcome: EndOfRun) => void;
}

export type EndOfRun = 'done' | 'was done already' | 'failed';

/** The place where the runs are run: the worker threads of this process, or deployed machines. */
export interface Runner {
  /** The number of runs that are under way at the same time. */
  readonly atOnce: number;
  readonly openStore: OpenStore;
  /** Returns the job folders that a job reads with the settings of a request. */
  readonly foldersRead: (job: AnyJob, input: RunInput) => Promise<readonly string[]>;
  /** Names the run of a request. @param name the variant's name, or the job's, for messages about progress */
  readonly configure: (job: AnyJob, input: TimedInput, name: string) => Promise<NamedRun>;
  /** Runs a request to its end. Rejects with the run's error. @param name as for `configure` */
  readonly run: (job: AnyJob, input: TimedInput, name: string) => Promise<RunCost>;
}

export type NamedRun = Pick<RunRef, 'id' | 'day' | 'client' | 'output'>;

export interface RunCost {
  /** The CPU time of the handlers, in milliseconds; 0 where nothing measures it. */
  readonly cpuMs: number;
}

/** A run whose output is there. */
export interface Finished extends RunCost {
  readonly run: string;
  readonly day: number;
  /** The key prefix of the output below the root: that of the version, or for a job without versions that of the day. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** True when an earlier call had published the output. Then `cpuMs` is 0. */
  readonly wasThere: boolean;
}

/** A variant that was trained. */
export interface Trained extends Finished {
  readonly name: string;
  readonly job: string;
}

/** A variant whose training failed, or that reads what a failed job should have written. */
export interface NotTrained {
  readonly name: string;
  readonly job: string;
  readonly error: { readonly name: string; readonly message: string };
}

export type Training = Trained | NotTrained;

export const isTrained = (training: Training): training is Trained => !('error' in training);

/** A large number, so that no version of an evaluated model is removed before it has been evaluated. */
const KEPT_VERSIONS = 1_000;

/** Trains every variant, after the jobs that it reads from. The other variants are trained also when one fails. */
export async function trainVariants(request: TrainingRequest, runner: Runner): Promise<Training[]> {
  const { onEnded = () => undefined } = request;
  const plan = (job: AnyJob, settings?: SettingValues) => planTraining(request, runner, job, settings);
  const planned = await Promise.all(
    request.variants.map(async (variant) => ({
      variant,
      ...(await plan(jobIn(request.jobs, variant.job), variant.settings)),
    })),
  );
  const failures = await runPrerequisites(
    planned.flatMap(({ sources }) => sources),
    plan,
    runner,
    onEnded,
  );
  const runs = new Runs(runner);
  return atMost(runner.atOnce, planned, async ({ variant, job, input, sources }): Promise<Training> => {
    const named = { name: variant.name, job: job.name };
    try {
      checkSources(job, sources, failures);
      const finished = await runs.finished(job, input, variant.name);
      onEnded(variant.name, endOf(finished));
      return { ...named, ...finished };
    } catch (error) {
      onEnded(variant.name, 'failed');
      // The caller reports the error beside the variants that were trained.
      const { name, message } = thrownError(error);
      return { ...named, error: { name, message } };
    }
  });
}

/** Runs a request, unless its output is there already. Rejects with the run's error. @param name as for `Runner.configure` */
export const finishedRun = async (job: AnyJob, input: TimedInput, runner: Runner, name: string): Promise<Finished> =>
  new Runs(runner).finished(job, input, name);

/** Returns the outcome of a run that has its output. */
export const endOf = ({ wasThere }: Finished): EndOfRun => (wasThere ? 'was done already' : 'done');

/** Runs every named run once, also when several variants have the same settings. */
class Runs {
  readonly #runner: Runner;
  readonly #begun = new Map<string, Promise<Finished>>();

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async finished(job: AnyJob, input: TimedInput, name: string): Promise<Finished> {
    const ref = await this.#runner.configure(job, input, name);
    const begun = this.#begun.get(ref.id);
    if (begun !== undefined) return { ...(await begun), cpuMs: 0, wasThere: true };
    const finished = this.#finish(job, input, name, ref);
    this.#begun.set(ref.id, finished);
    return finished;
  }

  async #finish(
    job: AnyJob,
    input: TimedInput,
    name: string,
    { id, day, client, output }: NamedRun,
  ): Promise<Finished> {
    const place = { id, day, client: client ?? undefined };
    const folder = versionOf(job, place) ?? mainFolder(job, place.client, day);
    const store = await this.#runner.openStore(output);
    const there = await wholeManifest(store, folder);
    if (there?.run === id) return { run: id, day, folder, manifest: there, cpuMs: 0, wasThere: true };
    const { cpuMs } = await this.#runner.run(job, input, name);
    const manifest = await wholeManifest(store, folder);
    if (manifest?.run === id) return { run: id, day, folder, manifest, cpuMs, wasThere: false };
    throw new PipelineError(`${store.root}/${folder} does not hold run ${id}, which has just ended: run it again`);
  }
}

interface PlannedTraining {
  readonly job: AnyJob;
  readonly input: TimedInput;
  /** The jobs of the same client whose outputs the job reads. */
  readonly sources: readonly AnyJob[];
}

/**
 * Returns the request for one training. It reads what other jobs wrote from the root of the trainings, and everything else
 * from the root of the actions. It activates nothing and fills no table, whatever the client's configuration says.
 */
async function planTraining(
  { client, root, actionsRoot, day, days, jobs, requestedAt, shards, configOf = () => ({}) }: TrainingRequest,
  runner: Runner,
  job: AnyJob,
  settings: SettingValues = {},
): Promise<PlannedTraining> {
  const { settings: configured = {}, ...config }: JobConfig = configOf(job);
  const wanted = { ...configured, ...settings };
  const folders = await runner.foldersRead(job, { client, ...config, settings: wanted });
  const sources = readFrom(job, jobs, folders).filter(({ scope }) => scope === 'client');
  const input = {
    client,
    requestedAt,
    ...config,
    ...defined<Pick<TrainingRequest, 'shards'>>({ shards }),
    settings: {
      // A folder that another job wrote holds all these days.
      days: sources.length === 0 ? days : 1,
      ...wanted,
      startDay: day,
      inputPath: sources.length === 0 ? actionsRoot : root,
      outputPath: root,
      activate: false,
      keepVersions: KEPT_VERSIONS,
      ...defaultsOfSecrets(job),
    },
  };
  return { job, input, sources };
}

/** Returns the secret settings with their defaults. They name databases that a training must not fill. */
const defaultsOfSecrets = (job: AnyJob): SettingValues =>
  Object.fromEntries(
    Object.entries<z.core.$ZodType>(job.settings.shape)
      .filter(([, field]) => factsOf(field).secret)
      .map(([name, field]) => [name, factsOf(field).default as JsonValue]),
  );

/** Runs the jobs whose outputs are read, with the client's settings. Returns those that failed, with the reason. */
async function runPrerequisites(
  sources: readonly AnyJob[],
  plan: (job: AnyJob) => Promise<PlannedTraining>,
  runner: Runner,
  onEnded: (name: string, outcome: EndOfRun) => void,
): Promise<ReadonlyMap<AnyJob, string>> {
  const needed = new Map<AnyJob, PlannedTraining>();
  for (let left = [...sources]; left.length > 0; ) {
    const source = left.pop()!;
    if (needed.has(source)) continue;
    const planned = await plan(source);
    needed.set(source, planned);
    left = [...left, ...planned.sources];
  }
  const failures = new Map<AnyJob, string>();
  for (const wave of dayOrder([...needed.keys()])) {
    await atMost(runner.atOnce, wave, async (job) => {
      const planned = needed.get(job)!;
      try {
        checkSources(job, planned.sources, failures);
        onEnded(job.name, endOf(await finishedRun(job, planned.input, runner, job.name)));
      } catch (error) {
        onEnded(job.name, 'failed');
        // Every variant that reads from this job says so.
        failures.set(job, thrownError(error).message);
      }
    });
  }
  return failures;
}

/** @throws PipelineError when one of the sources has failed */
function checkSources(job: AnyJob, sources: readonly AnyJob[], failures: ReadonlyMap<AnyJob, string>): void {
  const failed = sources.find((source) => failures.has(source));
  if (failed === undefined) return;
  throw new PipelineError(`${job.name} reads what ${failed.name} writes, and that failed: ${failures.get(failed)}`);
}

/** @throws PipelineError when there is no such job */
export function jobIn(jobs: readonly AnyJob[], name: string): AnyJob {
  const job = jobs.find((one) => one.name === name);
  if (job !== undefined) return job;
  throw new PipelineError(`there is no job '${name}' among ${jobs.map((one) => one.name).join(', ')}`);
}
