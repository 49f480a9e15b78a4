/** `rate` reads actions, keeps those that are worth something, and hands each one on to its user's block. */
import { type InputShard, READING_GROWTH } from '../../shared/job/inputs.ts';
import type { MapStep } from '../../shared/job/job.ts';
import type { ReadMeta } from '../../shared/job/rejects.ts';
import { actionShards, type CollectOptions, collectActionsByUser } from '../../shared/shuffle/user-actions.ts';
import { effectiveWeightings } from './core-scores.ts';
import type { FactorizationSettings } from './settings.ts';

export const rate: MapStep<FactorizationSettings, InputShard, ReadMeta> = {
  kind: 'map',
  name: 'rate',
  memoryMb: 1769,
  timeoutSeconds: 900,
  growth: READING_GROWTH,
  shards: actionShards,
  run: (run, shard) => collectActionsByUser(run, shard, ratedActions(run.settings)),
};

/** Keeps the actions whose type is worth something. From here on, a type is its index in the effective weightings. */
export function ratedActions({ actionWeightings }: Pick<FactorizationSettings, 'actionWeightings'>): CollectOptions {
  const weightings = effectiveWeightings(actionWeightings);
  const indexes = new Map(weightings.map(({ actionType }, index) => [actionType, index]));
  return {
    columns: ['items', 'types'],
    keep: ({ type }) => indexes.has(type),
    typeAs: (type) => indexes.get(type)!,
  };
}
