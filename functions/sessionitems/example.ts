/** Actions of 120 users in seven files. */
import { EXAMPLE_CLIENT, EXAMPLE_DAY, writeExampleActions } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { sessionItems } from './job.ts';

export const example: JobExample<typeof sessionItems> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof sessionItems> => {
    writeExampleActions(folder);
    return { inputPath: folder, maxIntraSessionGapSecs: 1800, minActionsPerUser: 20, allowedTypes: '1, 3' };
  },
  smallDay: { maxIntraSessionGapSecs: 3600 },
  benchmark: { maxIntraSessionGapSecs: 1800 },
};
