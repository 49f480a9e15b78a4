/** Actions of 120 users in seven files: about 1.2 MiB of text, which makes eight blocks. */
import { writeActions } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { matrixFactorization } from './job.ts';

const CLIENT = 'shop';
/** 2011-12-09. */
const DAY = 15_317;

const WEIGHTINGS = [
  { actionType: 1, valuePerAction: 1, maxSum: 3 },
  { actionType: 2, valuePerAction: -0.5, maxSum: 0 },
];

export const example: JobExample<typeof matrixFactorization> = {
  day: DAY,
  client: CLIENT,
  prepare: (folder): ExampleSettings<typeof matrixFactorization> => {
    writeActions(folder, CLIENT, DAY, { users: 120, items: 60, actions: 7_000, parts: 7 });
    return { inputPath: folder, rank: 5, iterations: 2, alpha: 2, solver: 'pcg', actionWeightings: WEIGHTINGS };
  },
  smallDay: { rank: 8, iterations: 2 },
};
