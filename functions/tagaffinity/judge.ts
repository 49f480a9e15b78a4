/** The check of the lines of tag affinities. */
import type { AffinityLines } from '../../shared/affinity/judge.ts';
import type { TagRule } from './settings.ts';

export const tagLines: AffinityLines<TagRule, string> = {
  key: 'tag',
  isLabel: (value): value is string => typeof value === 'string' && value !== '',
  isWeight: (weight, { minPcIncrease }) => weight > minPcIncrease,
  // Weights descend. Tags of equal weight are in the order of the catalogue's labels, which this check does not know.
  mayFollow: (before, after) =>
    after.weight < before.weight || (after.weight === before.weight && after.label !== before.label),
};
