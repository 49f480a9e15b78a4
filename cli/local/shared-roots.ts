/** The roots of a job that accompanies others: it may have no node, so it reads and writes where those jobs do. */
import { commonSchema } from '../../shared/config/common-settings.ts';
import { ConfigError } from '../../shared/errors.ts';
import { type OpenConfigRoot, type RunInput, readNode, readSettings } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import type { JsonValue } from '../../shared/json.ts';

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
  const places: Place[] = [];
  for (const accompanied of jobs.filter((one) => job.accompanies?.(one))) {
    const place = await placeOf(accompanied, request, openConfigRoot);
    if (place !== undefined) places.push(place);
  }
  // A job that reads the output of another one reads it from the root of outputs, so its inputs say nothing about actions.
  const readers = places.filter(({ job }) => job.inputs.folders.includes('actions'));
  const defaults: Record<string, JsonValue> = {
    ...agreed('inputPath', readers.length > 0 ? readers : places),
    ...agreed('outputPath', places),
  };
  return { ...input, defaults };
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
