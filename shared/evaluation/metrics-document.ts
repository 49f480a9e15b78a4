/**
 * `metrics.json`, the result of an evaluation, and its reader.
 *
 * Days are days since 1970-01-01 UTC. An estimate's mean is null when there is no user, and `low` and `high` are null below 50
 * users. Readers ignore keys that they do not know.
 */
import * as z from 'zod';
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import { type JsonValue, parseJson } from '../json.ts';
import { dayFolder } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

export const METRICS = 'metrics.json';
/** The folder of evaluations below a client's folder. */
export const EVALUATION = 'evaluation';

const days = z.object({ from: z.number(), to: z.number() }).readonly();

const estimate = z
  .object({ mean: z.number().nullable(), low: z.number().nullable(), high: z.number().nullable() })
  .readonly();

const measures = { recall: estimate, ndcg: estimate, mrr: estimate, hitRate: estimate };

const ofUsers = z.object({ users: z.number(), ...measures }).readonly();

const scorer = z
  .object({
    name: z.string(),
    /** The job whose model is scored, and its run; null for the baselines. */
    job: z.string().nullable(),
    run: z.string().nullable(),
    /** The settings of the run that decide the model. */
    settings: z.record(z.string(), z.custom<JsonValue>()).readonly(),
    /** Over all test users. A user without a list counts 0. */
    ...measures,
    /** Over the test users for whom every scorer has a list. */
    served: ofUsers,
    /** The share of the test users for whom this scorer has no list. */
    leftOut: z.object({ noVector: z.number().nullable() }).readonly(),
    /** The share of the known items that are in at least one list. */
    catalogue: z.number().nullable(),
    /** Over all lists: 0 is the most popular item and 1 the least popular one; null without a list. */
    meanPopularityRank: z.number().nullable(),
    /** Scorer → the differences to it over all test users; above 0 when this scorer is better. */
    against: z.record(z.string(), z.object(measures).readonly()).readonly(),
    slices: z.object({ new: ofUsers, light: ofUsers, heavy: ofUsers }).readonly(),
  })
  .readonly();

export const metricsSchema = z
  .object({
    client: z.string(),
    /** The last test day. */
    day: z.number(),
    /** The training days and the test days, both ends inclusive. */
    train: days,
    test: days,
    /** The largest length of a list. */
    cutoff: z.number(),
    /** The number of test users. */
    users: z.number(),
    /** The shares of the test days' pairs (user, item) that are no test pairs. */
    leftOut: z.object({ unknownItem: z.number(), repeat: z.number() }).readonly(),
    /** Why there is no scorer; absent when there are scorers. */
    reason: z.string().optional(),
    /** Ascending by name. */
    scorers: z.array(scorer).readonly(),
  })
  .readonly();

export type MetricsDocument = z.infer<typeof metricsSchema>;
export type ScorerMetrics = z.infer<typeof scorer>;
export type MeasureEstimates = Pick<ScorerMetrics, keyof typeof measures>;

/** Reads the evaluation of a day; undefined when there is none. @throws DamagedObjectError */
export async function readMetrics(store: Store, client: string, day: number): Promise<MetricsDocument | undefined> {
  const key = dayFolder(client, EVALUATION, day) + METRICS;
  try {
    const { bytes } = await store.get(key);
    return parseMetrics(new TextDecoder().decode(bytes), `${store.root}/${key}`);
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

/** Returns the document in a text. @param name the place of the text, for the error @throws DamagedObjectError */
export function parseMetrics(text: string, name: string): MetricsDocument {
  const parsed = metricsSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the document';
  throw new DamagedObjectError(
    `${name} is damaged: ${where}: ${issue?.message}. Remove its folder, and evaluate the day again.`,
  );
}
