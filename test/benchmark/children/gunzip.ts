/** Expands whole gzip files one after another. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { timed } from '../measure.ts';

const { paths } = JSON.parse(process.argv[2]!) as { paths: readonly string[] };
let bytes = 0;
const measurement = await timed(() => {
  for (const path of paths) bytes += gunzipSync(readFileSync(path), { chunkSize: 1 << 18 }).length;
});
process.stdout.write(`${JSON.stringify({ ...measurement, bytes })}\n`);
