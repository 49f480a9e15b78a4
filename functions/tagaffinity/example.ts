/** Actions of 120 users in seven files, and a catalogue that lacks some of their items. */
import { EXAMPLE_CLIENT, EXAMPLE_DAY, writeExampleActions } from '../../shared/example/actions.ts';
import { writeCatalogue } from '../../shared/example/catalogue.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { tagAffinity } from './job.ts';

export const example: JobExample<typeof tagAffinity> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof tagAffinity> => {
    writeExampleActions(folder);
    const itemsPath = writeCatalogue(folder, { items: 50, firstId: 2 ** 33 });
    return { inputPath: folder, itemsPath, minActionsPerUser: 20, minTagCount: 2, maxAllowedTags: 6 };
  },
  smallDay: { tagAttr: 'tags', minActionsPerUser: 5, minTagCount: 1 },
};
