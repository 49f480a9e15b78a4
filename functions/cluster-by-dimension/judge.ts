/** The check of the lines of user clusters. The server reads weights from 0 to 1. */
import type { AffinityLines } from '../../shared/affinity/judge.ts';
import { isId } from '../../shared/verdict/line-readers.ts';
import type { ClusterRule } from './settings.ts';

export const clusterLines: AffinityLines<ClusterRule, number> = {
  key: 'dim',
  isLabel: isId,
  isWeight: (weight, { delta }) => weight > delta && weight <= 1,
  mayFollow: (before, after) => after.label > before.label,
};
