import type { SearchSpace } from '../../shared/tuning/space.ts';
import { SERVED_VECTOR_SIZE } from './settings.ts';

/** The settings that `offline tune` varies. */
export const space: SearchSpace = {
  dimensions: [
    { kind: 'real', setting: 'learningRate', from: 0.01, to: 0.3 },
    { kind: 'choice', setting: 'minWordCount', values: [1, 2, 5, 10, 20, 50] },
    { kind: 'choice', setting: 'iterations', values: [1, 2, 4, 8, 16] },
    { kind: 'choice', setting: 'window', values: [2, 5, 10, 20, 50] },
  ],
  known: [{ learningRate: 0.1, minWordCount: 5 }],
  fixedByServer: {
    dimension: { kind: 'choice', setting: 'vectorSize', values: [25, 50, 100, 200] },
    why: `the original server answers only from vectors of ${SERVED_VECTOR_SIZE} dimensions`,
  },
};
