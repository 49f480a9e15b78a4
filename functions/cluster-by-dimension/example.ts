/** Actions of 120 users in seven files, and a catalogue that lacks some of their items. */
import { EXAMPLE_CLIENT, EXAMPLE_DAY, writeExampleActions } from '../../shared/example/actions.ts';
import { writeCatalogue } from '../../shared/example/catalogue.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { clusterByDimension } from './job.ts';

export const example: JobExample<typeof clusterByDimension> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof clusterByDimension> => {
    writeExampleActions(folder);
    const itemsPath = writeCatalogue(folder, { items: 50, firstId: 2 ** 33 });
    return { inputPath: folder, itemsPath, minActionsPerUser: 20, delta: 0.02, minClusterSize: 3 };
  },
  smallDay: { minClusterSize: 2 },
};
