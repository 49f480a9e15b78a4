/** `rate` reads actions, keeps those that are worth something, and hands each one on to its user's block. */
import { type CollectOptions, collectStep } from '../../shared/shuffle/user-actions.ts';
import { effectiveWeightings } from './core-scores.ts';
import type { FactorizationSettings } from './settings.ts';

export const rate = collectStep<FactorizationSettings>('rate', ratedActions);

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
