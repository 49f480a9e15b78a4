/** How tag affinities are judged. */
import { affinityJudging } from '../../shared/affinity/judge.ts';
import type { AffinitySettings } from './settings.ts';

export const judging = affinityJudging<AffinitySettings, string>({
  key: 'tag',
  isLabel: (value): value is string => typeof value === 'string' && value !== '',
  isWeight: (weight, { minPcIncrease }) => weight > minPcIncrease,
  // The strongest first, then by tag; how tags are ordered is the writer's business.
  mayFollow: (before, after) =>
    after.weight < before.weight || (after.weight === before.weight && after.label !== before.label),
});
