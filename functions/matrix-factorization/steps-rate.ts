/** `rate` reads actions, keeps those whose type counts, and hands each one on to its user's block. */
import { type CollectOptions, collectStep } from '../../shared/shuffle/user-actions.ts';
import { effectiveWeightings } from './core-scores.ts';
import type { FactorizationSettings } from './settings.ts';

export const rate = collectStep<FactorizationSettings>('rate', ratedActions);

/** Keeps the actions whose type counts, and their times only when older actions weigh less. From here on, a type is its index in the effective weightings. */
export function ratedActions(
  settings: Pick<FactorizationSettings, 'actionWeightings' | 'halfLifeDays'>,
): CollectOptions {
  const weightings = effectiveWeightings(settings);
  const indexes = new Map(weightings.map(({ actionType }, index) => [actionType, index]));
  return {
    columns: settings.halfLifeDays === undefined ? ['items', 'types'] : ['items', 'times', 'types'],
    keep: ({ type }) => indexes.has(type),
    typeAs: (type) => indexes.get(type)!,
  };
}
