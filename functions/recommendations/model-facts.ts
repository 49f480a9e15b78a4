/**
 * The facts that the manifest of a model states. They are kept as a snapshot with the run, so a run does not depend on a manifest
 * that is replaced meanwhile.
 */
import * as z from 'zod';
import { actionWeightingFields, positiveTypes } from '../../shared/config/action-weightings.ts';
import type { Run } from '../../shared/job/job.ts';
import type { Manifest } from '../../shared/job/manifest.ts';
import { SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';

export type ModelFacts = {
  /** The number of days of actions that the model was made from. */
  readonly days: number;
  /** K; null if the manifest does not say it. */
  readonly rank: number | null;
  /** The types whose actions have a value above 0, ascending. */
  readonly positive: readonly number[];
};

/** The name of the snapshot. */
export const MODEL_FACTS = 'model';

/** The settings of a model that count here. The defaults are those of matrix-factorization; they hold for a model of another system. */
const modelSettings = z.object({
  days: z.number().default(1),
  rank: z.number().nullable().default(null),
  actionWeightings: z.array(z.object(actionWeightingFields)).default([{ actionType: 1, valuePerAction: 1, maxSum: 1 }]),
});

/** @param manifest undefined for the model of another system */
export function factsOf(manifest: Manifest | undefined): ModelFacts {
  const { days, rank, actionWeightings } = modelSettings.parse(manifest?.settings ?? {});
  return { days, rank, positive: [...positiveTypes(actionWeightings)].sort((a, b) => a - b) };
}

export const factsSnapshot = (facts: ModelFacts): Body => new SegmentWriter().finish(facts);

export const readFacts = async ({ work }: Pick<Run, 'work'>): Promise<ModelFacts> =>
  (await work.snapshot<ModelFacts>(MODEL_FACTS)).meta;
