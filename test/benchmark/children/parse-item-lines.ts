/** Splits files of sessions or baskets into lines, parses the lines and adds up the ids of the items. */
import { readItemLineFiles } from '../files.ts';
import { timed } from '../measure.ts';

const { paths } = JSON.parse(process.argv[2]!) as { paths: readonly string[] };
let items = 0;
let lines = 0;
const measurement = await timed(() => {
  lines = readItemLineFiles(paths, (ids) => {
    for (let index = 0; index < ids.length; index++) items += ids[index]!;
  });
});
process.stdout.write(`${JSON.stringify({ ...measurement, lines, items })}\n`);
