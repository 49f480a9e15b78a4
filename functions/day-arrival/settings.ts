/**
 * The deployment's settings, in the functions' environment variables:
 *
 *   ENVIRONMENT      its name
 *   LOG_PATTERN      s3://bucket/actions.%y/%m%d/…        OUTPUT_ROOT, CONFIG_ROOT   as for the jobs
 *   DAILY_MACHINE, ARRIVAL_MACHINE   ARNs                 ARRIVAL_RULE               marker or quiet
 *   QUIET_MINUTES    minutes without a change after which a day is run
 *   SWEEP_DAYS       days that the hourly sweep looks at, today included
 *   SLOW_MINUTES     minutes after which a run that is not over is slow
 *   STALE_DAYS       days after which a model that stays blocked or held is stale
 *   RUNS_BESIDE_DAY  runs of a search that may be under way beside a day
 */
import * as z from 'zod';
import { ConfigError } from '../../shared/errors.ts';

const schema = z.object({
  ENVIRONMENT: z.string().min(1),
  LOG_PATTERN: z.string().min(1),
  OUTPUT_ROOT: z.string().min(1),
  CONFIG_ROOT: z.string().min(1),
  DAILY_MACHINE: z.string().min(1),
  ARRIVAL_MACHINE: z.string().min(1),
  ARRIVAL_RULE: z.enum(['marker', 'quiet']).default('marker'),
  QUIET_MINUTES: z.coerce.number().positive().default(15),
  SWEEP_DAYS: z.coerce.number().int().min(1).max(30).default(3),
  SLOW_MINUTES: z.coerce.number().int().min(1),
  STALE_DAYS: z.coerce.number().int().min(1),
  RUNS_BESIDE_DAY: z.coerce.number().int().min(1),
});

export type Deployment = z.output<typeof schema>;

/** The name of a variable. */
export type Variable = keyof Deployment;

/**
 * Reads the variables that a function needs; others may be unset.
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function readVariables<V extends Variable>(env: NodeJS.ProcessEnv, needed: readonly V[]): Pick<Deployment, V> {
  const picked = z.object(Object.fromEntries(needed.map((name) => [name, schema.shape[name]])));
  const read = picked.safeParse(env);
  // biome-ignore lint/plugin: zod infers no fields of an object that is made from a list of names.
  if (read.success) return read.data as unknown as Pick<Deployment, V>;
  const problems = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(
    `the function's environment variables are wrong: ${problems.join('; ')}. Deploy the stack again`,
  );
}
