/** Actions of 120 users on 400 items in seven files. */
import { writeActions } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { similarItems } from './job.ts';

const CLIENT = 'shop';
/** 2011-12-09. */
const DAY = 15_317;

export const example: JobExample<typeof similarItems> = {
  day: DAY,
  client: CLIENT,
  prepare: (folder): ExampleSettings<typeof similarItems> => {
    writeActions(folder, CLIENT, DAY, { users: 120, items: 400, actions: 7_000, parts: 7, firstId: 2 ** 33 });
    return { inputPath: folder, dimsumThreshold: 5, sample: 0.9, minUsersPerItem: 3, limit: 10 };
  },
  smallDay: { dimsumThreshold: 0, minUsersPerItem: 2, limit: 20 },
  // With the exact form every pair is counted.
  benchmark: { dimsumThreshold: 0 },
};
