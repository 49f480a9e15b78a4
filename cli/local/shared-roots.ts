/** The roots on which the nodes of a client's jobs agree. They count where nothing else names a root. */
import { commonSchema } from '../../shared/config/common-settings.ts';
import { ConfigError } from '../../shared/errors.ts';
import { type OpenConfigRoot, type RunInput, readNode, readSettings } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import type { JsonValue } from '../../shared/json.ts';
import { ACTIONS } from '../../shared/store/keys.ts';

interface Place {
  readonly job: AnyJob;
  readonly inputPath: string;
  readonly outputPath: string;
}

/**
 * Returns the input of a job. A job that accompanies others gets a root on which all their nodes agree as the default of its own
 * one.
 *
 * @param jobs the jobs that it may accompany; those without a node do not count
 */
export async function withSharedRoots(
  job: AnyJob,
  jobs: readonly AnyJob[],
  input: RunInput,
  openConfigRoot: OpenConfigRoot,
): Promise<RunInput> {
  if (job.accompanies === undefined || input.configRoot === undefined) return input;
  const { config: _ownConfig, settings: _ownSettings, ...request } = input;
  const accompanied = jobs.filter((one) => job.accompanies?.(one));
  const places = await placesOf(accompanied, request, openConfigRoot);
  // A job that reads the output of another one reads it from the root of outputs, so its inputs say nothing about actions.
  const readers = places.filter(({ job }) => job.inputs.folders.includes(ACTIONS));
  const defaults: Record<string, JsonValue> = {
    ...agreed('inputPath', readers.length > 0 ? readers : places),
    ...agreed('outputPath', places),
  };
  return { ...input, defaults };
}

/** Returns the root of outputs on which the nodes of a client's jobs agree; undefined without nodes, or when they differ. */
export async function sharedOutputRoot(
  jobs: readonly AnyJob[],
  request: RunInput,
  openConfigRoot: OpenConfigRoot,
): Promise<string | undefined> {
  const outputs = new Set((await placesOf(jobs, request, openConfigRoot)).map(({ outputPath }) => outputPath));
  return outputs.size === 1 ? [...outputs][0] : undefined;
}

/** As `sharedOutputRoot`, for the root from which the jobs read actions. */
export async function sharedInputRoot(
  jobs: readonly AnyJob[],
  request: RunInput,
  openConfigRoot: OpenConfigRoot,
): Promise<string | undefined> {
  const readers = jobs.filter(({ inputs }) => inputs.folders.includes(ACTIONS));
  const roots = new Set((await placesOf(readers, request, openConfigRoot)).map(({ inputPath }) => inputPath));
  return roots.size === 1 ? [...roots][0] : undefined;
}

/** Returns the roots of outputs that the nodes of these clients' jobs name, each once, in the order in which they are met. */
export async function rootsOfClients(
  clients: readonly string[],
  jobs: readonly AnyJob[],
  configRoot: string,
  openConfigRoot: OpenConfigRoot,
): Promise<string[]> {
  const roots = new Set<string>();
  for (const client of clients) {
    for (const { outputPath } of await placesOf(jobs, { client, configRoot }, openConfigRoot)) roots.add(outputPath);
  }
  return [...roots];
}

async function placesOf(jobs: readonly AnyJob[], request: RunInput, openConfigRoot: OpenConfigRoot): Promise<Place[]> {
  const places: Place[] = [];
  for (const job of jobs) {
    const place = await placeOf(job, request, openConfigRoot);
    if (place !== undefined) places.push(place);
  }
  return places;
}

/** Returns the roots that a job's node leads to; undefined without a node, or with one that the job itself will refuse. */
async function placeOf(job: AnyJob, input: RunInput, openConfigRoot: OpenConfigRoot): Promise<Place | undefined> {
  const node = await readNode(job, input, openConfigRoot);
  if (node?.text === undefined) return undefined;
  try {
    const { inputPath, outputPath } = commonSchema.parse((await readSettings(job, input, openConfigRoot)).settings);
    return { job, inputPath, outputPath };
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function agreed(key: 'inputPath' | 'outputPath', places: readonly Place[]): Record<string, JsonValue> {
  const paths = [...new Set(places.map((place) => place[key]))];
  return paths.length === 1 ? { [key]: paths[0]! } : {};
}
