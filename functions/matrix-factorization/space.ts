import type { SearchSpace } from '../../shared/tuning/space.ts';

/** The settings that `offline tune` varies. */
export const space: SearchSpace = {
  dimensions: [
    { kind: 'real', setting: 'alpha', from: 0.3, to: 100 },
    { kind: 'real', setting: 'lambda', from: 0.003, to: 10 },
    { kind: 'choice', setting: 'rank', values: [8, 16, 32, 64, 128] },
    { kind: 'choice', setting: 'iterations', values: [3, 5, 8, 12] },
    { kind: 'real', setting: 'halfLifeDays', from: 7, to: 365, unset: 1 / 3 },
  ],
  // These beat the defaults on splits of six data sets by user (README).
  known: [{ rank: 64, alpha: 10, lambda: 1 }],
};
