/** Actions of 120 users on 400 items in seven files. */
import { EXAMPLE_CLIENT, EXAMPLE_DAY, writeExampleActions } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { mostPopular } from './job.ts';

export const example: JobExample<typeof mostPopular> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof mostPopular> => {
    writeExampleActions(folder, 400);
    return { inputPath: folder };
  },
};
