/** Actions of 120 users on 400 items in seven files. */
import { EXAMPLE_CLIENT, EXAMPLE_DAY, writeExampleActions } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { similarItems } from './job.ts';

export const example: JobExample<typeof similarItems> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof similarItems> => {
    writeExampleActions(folder, 400);
    return { inputPath: folder, dimsumThreshold: 5, sample: 0.9, minUsersPerItem: 3, limit: 10 };
  },
  smallDay: { dimsumThreshold: 0, minUsersPerItem: 2, limit: 20 },
  // With the exact form every pair is counted.
  benchmark: { dimsumThreshold: 0 },
};
