/** How tag affinities are judged. */
import type { AffinityLines } from '../../shared/affinity/judge.ts';
import type { AffinitySettings } from './settings.ts';

export const tagLines: AffinityLines<AffinitySettings, string> = {
  key: 'tag',
  isLabel: (value): value is string => typeof value === 'string' && value !== '',
  isWeight: (weight, { minPcIncrease }) => weight > minPcIncrease,
  // The strongest first, then by tag; how tags are ordered is the writer's business.
  mayFollow: (before, after) =>
    after.weight < before.weight || (after.weight === before.weight && after.label !== before.label),
};
