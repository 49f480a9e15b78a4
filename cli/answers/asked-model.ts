/** Finds the model that a question is about, and the place where the rest of its answer is looked up. */
import { JOBS } from '../../functions/index.ts';
import type { AskedPlace } from '../../shared/answers/answer.ts';
import { filesAt } from '../../shared/catalogue/files-at.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { factsOf } from '../../shared/config/settings.ts';
import { UsageError } from '../../shared/errors.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { type ModelRow, modelRows } from '../../shared/live/models.ts';
import type { OutputRequest } from '../../shared/live/published-output.ts';
import { clientNameProblem } from '../../shared/model/client-name.ts';
import { itemsPathOf } from '../../shared/report/items-path.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { checkKnownClient } from '../known-client.ts';
import { sharedInputRoot, sharedOutputRoot } from '../local/shared-roots.ts';
import { absoluteLocation, configRootOf } from '../options.ts';
import { readAnswer, readModelRows } from '../remote/live-answers.ts';
import { warn } from '../warnings.ts';
import type { AnswerOptions } from './options.ts';

interface Roots {
  readonly outputPath: string;
  readonly inputPath: string;
  /** Returns the rows of `offline models`; undefined when no configuration says what is live. */
  readonly rows: ((job: AnyJob) => Promise<readonly ModelRow[]>) | undefined;
}

/** @throws UsageError; UnknownClientError; NoInputError for a catalogue that is not there */
export async function askedModel(
  options: AnswerOptions,
  job: AnyJob,
): Promise<{ readonly place: AskedPlace; readonly request: OutputRequest }> {
  const { client, env, day } = options;
  const problem = clientNameProblem(client);
  if (problem !== undefined) throw new UsageError(`no client can be called ${JSON.stringify(client)}: ${problem}`);
  checkEnvironment(options);
  await checkKnownClient(client, configRootOf(options).configRoot);
  const roots = env === undefined ? await rootsHere(options, job) : await rootsThere(env, client);
  const request: OutputRequest = {
    client,
    job,
    store: await openStore(roots.outputPath),
    openStore,
    day,
    now: new Date(),
    warn,
    live: roots.rows && (async () => liveIn(await roots.rows!(job), job, day)),
  };
  const place: AskedPlace = {
    client,
    input: await openStore(roots.inputPath),
    jobs: JOBS,
    itemsPath: await catalogueOf(options),
    clientIds: options.clientIds === true,
    openStore,
    warn,
  };
  return { place, request };
}

/**
 * Options win over the job's own node, and this one over the nodes of all jobs. Actions that neither names are below
 * `--output-path`, where `offline daily --output-path` writes them.
 */
async function rootsHere(options: AnswerOptions, job: AnyJob): Promise<Roots> {
  const { client } = options;
  const { configRoot } = configRootOf(options);
  const defaults: Record<string, string> = options.outputPath === undefined ? {} : { inputPath: options.outputPath };
  const ofNodes = async (rootOf: typeof sharedOutputRoot): Promise<string | undefined> => {
    if (configRoot === undefined) return undefined;
    const request = { client, configRoot, defaults };
    return (await rootOf([job], request, openConfigRoot)) ?? rootOf(JOBS, request, openConfigRoot);
  };
  const outputPath = absoluteLocation(
    options.outputPath ?? (await ofNodes(sharedOutputRoot)) ?? String(factsOf(commonSettings.outputPath).default),
  );
  return {
    outputPath,
    inputPath: absoluteLocation(options.inputPath ?? (await ofNodes(sharedInputRoot)) ?? outputPath),
    rows:
      configRoot === undefined
        ? undefined
        : async (asked) => {
            await using root = await openConfigRoot(configRoot);
            const settings = { outputPath };
            return modelRows(root, client, { configRoot, settings, jobs: [asked], openStore, openConfigRoot }, warn);
          },
  };
}

async function rootsThere(env: string, client: string): Promise<Roots> {
  const { remoteOnAws } = await import('../remote/aws.ts');
  const remote = remoteOnAws(env);
  const root = await remote.outputRoot();
  return {
    outputPath: root,
    inputPath: root,
    async rows() {
      const { result } = readAnswer(await remote.invoke('daily', 'models', { command: 'models', client }));
      return readModelRows(result);
    },
  };
}

/** Returns the job's live model. Without a day it warns when nothing is live, because the newest model is asked then. */
function liveIn(rows: readonly ModelRow[], job: AnyJob, day: number | undefined): ModelRow['live'] {
  const live = rows.find((row) => row.job === job.name)?.live ?? null;
  if (live === null && day === undefined) warn(`no model of ${job.name} is live: its newest model is asked`);
  return live;
}

/** @throws UsageError for options that a deployed pipeline answers itself */
function checkEnvironment({ env, zookeeper, configRoot, inputPath, outputPath }: AnswerOptions): void {
  const named = [zookeeper, configRoot, inputPath, outputPath];
  if (env === undefined || named.every((value) => value === undefined)) return;
  throw new UsageError(
    '--env names a deployed pipeline, which knows its configuration and its roots: leave out --zookeeper, --config-root, --input-path and --output-path',
  );
}

/** Returns the catalogue with the names of items; undefined when none is given and no node names one. @throws NoInputError */
async function catalogueOf(options: AnswerOptions): Promise<string | undefined> {
  if (options.itemsPath !== undefined) {
    const location = absoluteLocation(options.itemsPath);
    await filesAt('--items-path', location, openStore);
    return location;
  }
  const { configRoot } = configRootOf(options);
  if (configRoot === undefined) return undefined;
  await using root = await openConfigRoot(configRoot);
  return itemsPathOf(root, options.client, JOBS);
}
