/**
 * The settings of jobs that run for all clients at once. Such a job has no configuration node, so the environment sets them.
 * Their functions get them in the variable `SETTINGS`, as JSON.
 */
import type * as z from 'zod';
import { JOBS } from '../functions/index.ts';
import { factsOf } from '../shared/config/settings.ts';
import type { AnyJob } from '../shared/job/job.ts';
import type { IdWay } from '../shared/model/text-ids.ts';

/** The settings that an environment may have. The others are the same in every environment, or belong to one request. */
const KEYS = ['maxRejectRatio', 'maxOtherDays', 'ids'] as const;

export interface NodelessSettings {
  readonly maxRejectRatio: number;
  readonly maxOtherDays: number;
  readonly ids: IdWay;
}

const hasNode = ({ scope }: AnyJob): boolean => scope === 'client';

/** A setting as a job declares it, for the schema of an environment. */
export interface NodelessSetting<T> {
  readonly schema: z.ZodType<T>;
  readonly allowed: string;
  readonly meaning: string;
}

/** Returns the setting of the job that has it. @throws TypeError when no job without a node has such a setting */
export function nodelessSetting<K extends keyof NodelessSettings>(key: K): NodelessSetting<NodelessSettings[K]> {
  const job = JOBS.find((one) => !hasNode(one) && key in one.settings.shape);
  if (job === undefined) throw new TypeError(`no job without a node has a setting ${key}`);
  const schema: z.ZodType<NodelessSettings[K]> = job.settings.shape[key];
  const { allowed, meaning } = factsOf(schema);
  return { schema, allowed, meaning: `${job.name}: ${meaning}` };
}

/** Returns the variables of a job's functions. */
export function variablesOf(job: AnyJob, environment: NodelessSettings): Readonly<Record<string, string>> {
  if (hasNode(job)) return {};
  const own = KEYS.filter((key) => key in job.settings.shape).map((key) => [key, environment[key]]);
  return { SETTINGS: JSON.stringify(Object.fromEntries(own)) };
}
