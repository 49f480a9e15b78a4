/** Actions of 120 users in seven files, and a catalogue that lacks some of their items. */
import { EXAMPLE_CLIENT, EXAMPLE_DAY, writeExampleActions } from '../../shared/example/actions.ts';
import { writeCatalogue } from '../../shared/example/catalogue.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { mostPopularByDimension } from './job.ts';

export const example: JobExample<typeof mostPopularByDimension> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof mostPopularByDimension> => {
    writeExampleActions(folder);
    const itemsPath = writeCatalogue(folder, { items: 50, firstId: 2 ** 33 });
    return { inputPath: folder, itemsPath, k: 12, minCount: 150, requiredDimensions: '1, 2, 4' };
  },
};
