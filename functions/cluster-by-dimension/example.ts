/** Actions of 120 users in seven files, and a catalogue that lacks some of their items. */
import { writeActions } from '../../shared/example/actions.ts';
import { writeCatalogue } from '../../shared/example/catalogue.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { clusterByDimension } from './job.ts';

const CLIENT = 'shop';
/** 2011-12-09. */
const DAY = 15_317;

export const example: JobExample<typeof clusterByDimension> = {
  day: DAY,
  client: CLIENT,
  prepare: (folder): ExampleSettings<typeof clusterByDimension> => {
    writeActions(folder, CLIENT, DAY, { users: 120, items: 60, actions: 7_000, parts: 7, firstId: 2 ** 33 });
    const itemsPath = writeCatalogue(folder, { items: 50, firstId: 2 ** 33 });
    return { inputPath: folder, itemsPath, minActionsPerUser: 20, delta: 0.02, minClusterSize: 3 };
  },
  smallDay: { minClusterSize: 2 },
};
