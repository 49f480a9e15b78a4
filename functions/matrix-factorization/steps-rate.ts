/** `rate`: actions in, the ones that are worth something out, on their way to their user's block. */
import type { Shard } from '../../shared/job/job.ts';
import { actionShards, collectActions } from '../../shared/shuffle/user-actions.ts';
import type { Body } from '../../shared/store/store.ts';
import { effectiveWeightings } from './core-matrix.ts';
import type { FactorizationRun } from './settings.ts';

export const rateShards = actionShards;

/** From here on an action's type is its place in the list of weightings. */
export function rate(run: FactorizationRun, shard: Shard): Promise<Body> {
  const weightings = effectiveWeightings(run.settings.actionWeightings);
  const places = new Map(weightings.map(({ actionType }, place) => [actionType, place]));
  return collectActions(run, shard, {
    columns: ['items', 'types'],
    keep: ({ type }) => places.has(type),
    typeAs: (type) => places.get(type) as number,
  });
}
