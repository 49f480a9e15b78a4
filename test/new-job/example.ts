/** Actions of 120 users in seven files. */
import { writeActions } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { itemCounts } from './job.ts';

const CLIENT = 'shop';
/** 2011-12-09. */
const DAY = 15_317;

export const example: JobExample<typeof itemCounts> = {
  day: DAY,
  client: CLIENT,
  prepare: (folder): ExampleSettings<typeof itemCounts> => {
    writeActions(folder, CLIENT, DAY, { users: 120, items: 60, actions: 7_000, parts: 7, firstId: 2 ** 33 });
    return { inputPath: folder, minActionsPerItem: 40 };
  },
};
