/** Actions of 120 users in seven files. */
import { EXAMPLE_CLIENT, EXAMPLE_DAY, writeExampleActions } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { itemCounts } from './job.ts';

export const example: JobExample<typeof itemCounts> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof itemCounts> => {
    writeExampleActions(folder);
    return { inputPath: folder, minActionsPerItem: 40 };
  },
};
