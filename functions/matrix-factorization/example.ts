/** Actions of 120 users in seven files: about 1.2 MiB of text, which makes eight blocks. */
import { EXAMPLE_CLIENT, EXAMPLE_DAY, writeActions } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { matrixFactorization } from './job.ts';

const WEIGHTINGS = [
  { actionType: 1, valuePerAction: 1, maxSum: 3 },
  { actionType: 2, valuePerAction: -0.5, maxSum: 0 },
];

export const example: JobExample<typeof matrixFactorization> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof matrixFactorization> => {
    writeActions(folder, EXAMPLE_CLIENT, EXAMPLE_DAY, { users: 120, items: 60, actions: 7_000, parts: 7 });
    return { inputPath: folder, rank: 5, iterations: 2, alpha: 2, solver: 'pcg', actionWeightings: WEIGHTINGS };
  },
  smallDay: { rank: 8, iterations: 2 },
};
