/** `rate`: actions in, the ones that are worth something out, on their way to their user's block. */
import type { InputShard } from '../../shared/job/inputs.ts';
import type { Shard } from '../../shared/job/job.ts';
import { actionShards, type CollectOptions, collectActions } from '../../shared/shuffle/user-actions.ts';
import type { Body } from '../../shared/store/store.ts';
import { effectiveWeightings } from './core-matrix.ts';
import type { FactorizationRun } from './settings.ts';

export const rateShards = actionShards;

export const rate = (run: FactorizationRun, shard: Shard): Promise<Body> =>
  collectActions(run, shard as InputShard, ratedActions(run.settings));

/** The actions whose type is worth something, the type being its place in the list of weightings from here on. */
export function ratedActions({
  actionWeightings,
}: Pick<FactorizationRun['settings'], 'actionWeightings'>): CollectOptions {
  const weightings = effectiveWeightings(actionWeightings);
  const places = new Map(weightings.map(({ actionType }, place) => [actionType, place]));
  return {
    columns: ['items', 'types'],
    keep: ({ type }) => places.has(type),
    typeAs: (type) => places.get(type)!,
  };
}
