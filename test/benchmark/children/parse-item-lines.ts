/** Splits files of sessions or baskets into lines and parses them; adds up the items' ids. */
import { readItemLineFiles } from '../files.ts';
import { timed } from '../measure.ts';

const { paths } = JSON.parse(process.argv[2]!) as { paths: readonly string[] };
let items = 0;
let lines = 0;
const measurement = await timed(() => {
  lines = readItemLineFiles(paths, (ids) => {
    for (let at = 0; at < ids.length; at++) items += ids[at]!;
  });
});
process.stdout.write(`${JSON.stringify({ ...measurement, lines, items })}\n`);
