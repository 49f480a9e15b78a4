/** Actions of 120 users in seven files. */
import { writeActions } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { basketAnalysis } from './job.ts';

const CLIENT = 'shop';
/** 2011-12-09. */
const DAY = 15_317;

export const example: JobExample<typeof basketAnalysis> = {
  day: DAY,
  client: CLIENT,
  prepare: (folder): ExampleSettings<typeof basketAnalysis> => {
    writeActions(folder, CLIENT, DAY, { users: 120, items: 60, actions: 7_000, parts: 7, firstId: 2 ** 33 });
    return { inputPath: folder, maxIntraSessionGapSecs: 1800, minActionsPerUser: 20, removeFromBasketType: 3 };
  },
  smallDay: { maxIntraSessionGapSecs: 3600 },
  benchmark: { maxIntraSessionGapSecs: 1800 },
};
