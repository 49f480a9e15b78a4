import type { SearchSpace } from '../../shared/tuning/space.ts';

/** The settings that `offline tune` varies. There are so few points that all of them are tried. */
export const space: SearchSpace = {
  dimensions: [
    { kind: 'choice', setting: 'limit', values: [10, 20, 50, 100, 200, 500, 1000] },
    { kind: 'choice', setting: 'unit', values: [null, 'session'] },
  ],
  known: [],
};
