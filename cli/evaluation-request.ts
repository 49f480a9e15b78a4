/** Makes the request of `offline evaluate` from its options, and finds what is wrong with it before anything is computed. */
import { JOBS, jobNamed } from '../functions/index.ts';
import { configFolder } from '../shared/activation/nodes.ts';
import { checkClient } from '../shared/activation/register.ts';
import { commonSchema } from '../shared/config/common-settings.ts';
import { openConfigRoot } from '../shared/config/open-config-root.ts';
import { type ConfigSources, readConfig } from '../shared/config/read-config.ts';
import { defined } from '../shared/defined.ts';
import { NoInputError, UsageError } from '../shared/errors.ts';
import { EVALUATE, type EvaluationRequest } from '../shared/evaluation/evaluate-variants.ts';
import { BASELINES } from '../shared/evaluation/resample-sums.ts';
import type { JobConfig, Variant } from '../shared/evaluation/trainings.ts';
import { dayInWords } from '../shared/in-words.ts';
import { readFrom } from '../shared/job/day-order.ts';
import { clientOf, type RunInput, readNode } from '../shared/job/gather.ts';
import { dayFolders } from '../shared/job/inputs.ts';
import type { AnyJob, Settings } from '../shared/job/job.ts';
import { ACTIONS } from '../shared/store/keys.ts';
import { childLocation, formatLocation, parseLocation } from '../shared/store/location.ts';
import { openStore } from '../shared/store/open-store.ts';
import { checkKnownClient } from './known-client.ts';
import { type ConfigOptions, runInput, settingsOf } from './options.ts';
import { checkSetKeys, settingsKnownTo } from './set-keys.ts';
import { variantsOf } from './variants.ts';

export interface EvaluateOptions extends Omit<ConfigOptions, 'startDay' | 'days' | 'config'> {
  readonly client: string;
  /** The last test day. */
  readonly startDay: number;
  readonly days: number;
  readonly holdoutDays: number;
  readonly jobs?: string;
  readonly variant?: readonly string[];
  readonly cutoff: number;
  readonly testUsers: number;
  readonly seed: number;
  readonly shards?: number;
}

/** The jobs whose models can be evaluated, and their names. */
export const SCORED: readonly AnyJob[] = JOBS.filter(({ scorer }) => scorer !== undefined);
const SCORED_NAMES = SCORED.map(({ name }) => name);

/** The settings that other options give, or that an evaluation decides. */
const DECIDED: Readonly<Record<string, string>> = {
  startDay: 'give --start-day',
  days: 'give --days',
  testDays: 'give --holdout-days',
  cutoff: 'give --cutoff',
  testUsers: 'give --test-users',
  activate: 'an evaluation activates nothing',
  candidates: 'an evaluation scores what it has trained',
};

/** The parts of the request that need no configuration. */
export interface Asked {
  /** The client's settings of each job, under the job's name, and then the variants. */
  readonly variants: readonly Variant[];
  /** The jobs of the variants, and those whose outputs these may read. */
  readonly jobs: readonly AnyJob[];
}

/** The folder of a client's evaluations below the output root. Nothing outside of it is written. */
export const evaluationFolder = (client: string): string => `.work/evaluate/${client}`;

/** Returns the location of a client's evaluations. */
export const evaluationRoot = (outputRoot: string, client: string): string =>
  formatLocation(childLocation(parseLocation(outputRoot), evaluationFolder(client)));

/**
 * Returns the variants that the options name. Without `--jobs` these are of the jobs with variants, or else of the client's
 * jobs.
 *
 * @param enabled returns the names of the jobs that have a node, or undefined when nothing says which
 * @throws UsageError
 */
export async function askedFor(
  options: EvaluateOptions,
  enabled: () => Promise<readonly string[] | undefined>,
): Promise<Asked> {
  checkDays(options);
  const given = options.jobs === undefined ? undefined : [...new Set(options.jobs.split(',').map(scoredJob))];
  const variants = variantsOf(options.variant ?? [], given ?? SCORED, [...BASELINES, ...SCORED_NAMES]);
  const names = given?.map(({ name }) => name) ?? jobsOf(variants) ?? (await enabled());
  if (names === undefined) {
    throw new UsageError(
      'which jobs? Give --jobs or a --variant; or give --zookeeper or --config-root, to evaluate the jobs that have a node there',
    );
  }
  const scored = SCORED.filter(({ name }) => names.includes(name));
  if (scored.length === 0) {
    throw new UsageError(
      `${options.client} has no node of a job whose models can be evaluated (${SCORED_NAMES.join(', ')}): give --jobs`,
    );
  }
  const sources = scored.flatMap((job) => readFrom(job, JOBS)).filter(({ scope }) => scope === 'client');
  const jobs = [...new Set([...scored, ...sources])];
  checkSet([...jobs, jobNamed(EVALUATE)], options.set);
  checkLimits(options);
  return { variants: [...scored.map(({ name }) => ({ name, job: name, settings: {} })), ...variants], jobs };
}

/** Returns the names of the jobs with variants; undefined without any. */
const jobsOf = (variants: readonly Variant[]): readonly string[] | undefined =>
  variants.length === 0 ? undefined : variants.map(({ job }) => job);

function scoredJob(text: string): AnyJob {
  const job = jobNamed(text.trim());
  if (SCORED.includes(job)) return job;
  throw new UsageError(`--jobs: the output of ${job.name} ranks no items. Choose of ${SCORED_NAMES.join(', ')}`);
}

function checkDays({ startDay, days, holdoutDays }: EvaluateOptions): void {
  if (holdoutDays > days) {
    throw new UsageError(
      `--holdout-days ${holdoutDays} is more than --days ${days}: a model that is trained on fewer days than it is tested on ` +
        'says little. Give fewer days to the hold-out, or more to the training',
    );
  }
  const first = startDay - holdoutDays - days + 1;
  if (first >= 0) return;
  throw new UsageError(
    `--start-day ${dayInWords(startDay)} has no ${holdoutDays + days} days up to it: the first one is before 1970. Give fewer days`,
  );
}

/** Checks what becomes settings of `evaluate`, which runs last. @throws ConfigError */
function checkLimits({ holdoutDays, cutoff, testUsers, seed }: EvaluateOptions): void {
  const { settings: schema, name: jobName } = jobNamed(EVALUATE);
  readConfig({ schema, jobName, overrides: { testDays: holdoutDays, cutoff, testUsers, seed } });
}

function checkSet(jobs: readonly AnyJob[], set: readonly string[] = []): void {
  for (const key of Object.keys(settingsOf(set))) {
    const why = Object.hasOwn(DECIDED, key) ? DECIDED[key] : undefined;
    if (why !== undefined) throw new UsageError(`--set ${key}: ${why}`);
  }
  checkSetKeys(jobs, set);
}

/**
 * Returns the request for an evaluation on this machine. The configuration of every variant is checked, and both the training
 * and the hold-out must have days with actions.
 *
 * @throws UsageError, ConfigError, UnknownClientError, NoInputError
 */
export async function localRequest(
  options: EvaluateOptions,
  warn: (text: string) => void,
): Promise<EvaluationRequest & { readonly runs: number }> {
  const input = runInput(options.client, optionsOfRuns(options), JOBS);
  const asked = await askedFor(options, () => enabledJobs(options.client, input));
  clientOf(jobNamed(asked.variants[0]!.job), { client: options.client });
  await checkKnownClient(options.client, input.configRoot);
  const configs = await configsOf(asked.jobs, input, warn);
  const checked = checkSettings(asked.variants, configs);
  const { inputPath, outputPath } = placesOf(checked);
  await checkActions(options, inputPath);
  return {
    ...evaluationOf(options, asked, outputPath, inputPath),
    configOf: (job) =>
      configs.get(job) ??
      defined<JobConfig>({
        configRoot: input.configRoot,
        settings: settingsKnownTo(job, input.settings ?? {}),
      }),
    runs: asked.variants.length + new Set(checked.flatMap(sourcesOf)).size + 1,
  };
}

/** Returns the request without the configuration. @param outputRoot the location below which the evaluation is written */
export function evaluationOf(
  options: EvaluateOptions,
  { variants, jobs }: Asked,
  outputRoot: string,
  actionsRoot: string,
): EvaluationRequest {
  const { client, startDay, days, holdoutDays, cutoff, testUsers, seed, shards } = options;
  return defined<EvaluationRequest>({
    client,
    root: evaluationRoot(outputRoot, client),
    actionsRoot,
    startDay,
    days,
    holdoutDays,
    variants,
    cutoff,
    testUsers,
    seed,
    jobs: [...jobs, jobNamed(EVALUATE)],
    requestedAt: new Date().toISOString(),
    shards,
  });
}

/** Returns the jobs of the same client that a job reads from with these settings. */
function sourcesOf({ job: name, settings }: CheckedSettings): readonly AnyJob[] {
  const job = jobNamed(name);
  return readFrom(job, JOBS, job.inputs.foldersOf?.(settings)).filter(({ scope }) => scope === 'client');
}

/** The days are no settings of the runs: each run gets those of its part. */
const optionsOfRuns = ({ startDay: _last, days: _days, ...options }: EvaluateOptions): ConfigOptions => options;

async function enabledJobs(client: string, { configRoot }: RunInput): Promise<readonly string[] | undefined> {
  if (configRoot === undefined) return undefined;
  await using root = await openConfigRoot(configRoot);
  await checkClient(root, client, false);
  return root.children(configFolder(client));
}

type Configs = ReadonlyMap<AnyJob, JobConfig>;

/** Reads each job's node once. The runs get its text, and so no run looks at what is live in the configuration root. */
async function configsOf(jobs: readonly AnyJob[], input: RunInput, warn: (text: string) => void): Promise<Configs> {
  const configs = new Map<AnyJob, JobConfig>();
  for (const job of jobs) {
    const node = await readNode(job, input, openConfigRoot);
    if (node !== undefined && node.text === undefined) {
      warn(`there is no configuration at ${node.path}: the defaults count`);
    }
    configs.set(
      job,
      defined<JobConfig>({
        config: node?.text === undefined ? undefined : { from: node.path, text: node.text },
        settings: settingsKnownTo(job, input.settings ?? {}),
      }),
    );
  }
  return configs;
}

interface CheckedSettings {
  readonly job: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Returns the settings of each variant. @throws ConfigError that names the variant, the key, the value and the range */
export function checkSettings(variants: readonly Variant[], configs: Configs): CheckedSettings[] {
  return variants.map(({ name, job: jobName, settings }) => {
    const job = jobNamed(jobName);
    const { config, settings: set } = configs.get(job) ?? {};
    const sources = defined<ConfigSources<Settings>>({
      schema: job.settings,
      jobName: name === jobName ? name : `${name} (${jobName})`,
      node: config && { path: config.from, text: config.text },
      overrides: { ...set, ...settings },
      overridesFrom: name === jobName ? 'the command line' : `--variant ${name}`,
    });
    return { job: jobName, settings: readConfig(sources).settings };
  });
}

/** Returns the roots that all jobs share. @throws UsageError when their configurations name different ones */
function placesOf(checked: readonly CheckedSettings[]): { inputPath: string; outputPath: string } {
  const one = (key: 'inputPath' | 'outputPath', option: string): string => {
    const [first, ...others] = checked.map(({ job, settings }) => ({ job, path: commonSchema.parse(settings)[key] }));
    const other = others.find(({ path }) => path !== first!.path);
    if (other === undefined) return formatLocation(parseLocation(first!.path));
    throw new UsageError(
      `${key} is ${first!.path} for ${first!.job} and ${other.path} for ${other.job}: give ${option}, so that all models see the same actions`,
    );
  };
  return { inputPath: one('inputPath', '--input-path'), outputPath: one('outputPath', '--output-path') };
}

/** Checks that both parts have days with actions, before hours go into a training. @throws NoInputError */
export async function checkActions(
  { client, startDay, days, holdoutDays }: EvaluateOptions,
  inputPath: string,
): Promise<void> {
  const { list } = dayFolders(ACTIONS, 'group-actions');
  const check = async (part: string, day: number, of: number): Promise<void> => {
    try {
      await list({ client, day, settings: { inputPath, days: of, skipUnfinishedDays: true }, openStore });
    } catch (error) {
      if (error instanceof NoInputError) throw new NoInputError(`${part}: ${error.message}`);
      throw error;
    }
  };
  await check('the training days', startDay - holdoutDays, days);
  await check('the test days (--holdout-days up to --start-day)', startDay, holdoutDays);
}
