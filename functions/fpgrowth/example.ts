/** Two thousand baskets in seven files. */
import { EXAMPLE_CLIENT, EXAMPLE_DAY } from '../../shared/example/actions.ts';
import { basketLines, writeBaskets } from '../../shared/example/baskets.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { fpGrowth } from './job.ts';

export const example: JobExample<typeof fpGrowth> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof fpGrowth> => {
    const lines = basketLines({ baskets: 2_000, items: 60, firstId: 2 ** 33 });
    writeBaskets(folder, `${EXAMPLE_CLIENT}/basketanalysis/${EXAMPLE_DAY}`, lines, 7);
    return { inputPath: folder, minSupport: 0.003, maxItemSetSize: 4, minLift: 1.5 };
  },
  smallDay: { minSupport: 0.05, maxItemSetSize: 3 },
  benchmark: { minSupport: 0.001 },
};
