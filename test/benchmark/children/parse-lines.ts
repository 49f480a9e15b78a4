/** Splits files of grouped actions into lines, parses them as the jobs do, and adds up the ids of the items. */
import { readActionFiles } from '../files.ts';
import { timed } from '../measure.ts';

const { paths } = JSON.parse(process.argv[2]!) as { paths: readonly string[] };
let items = 0;
let lines = 0;
const measurement = await timed(() => {
  lines = readActionFiles(paths, (batch) => {
    for (let row = 0; row < batch.count; row++) items += batch.items[row]!;
  });
});
process.stdout.write(`${JSON.stringify({ ...measurement, lines, items })}\n`);
