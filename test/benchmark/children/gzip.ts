/** Compresses whole files one after another, at the level that the jobs use. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { timed } from '../measure.ts';

const LEVEL = 1;

const { paths } = JSON.parse(process.argv[2]!) as { paths: readonly string[] };
let bytes = 0;
const measurement = await timed(() => {
  for (const path of paths) bytes += gzipSync(readFileSync(path), { level: LEVEL, chunkSize: 1 << 18 }).length;
});
process.stdout.write(`${JSON.stringify({ ...measurement, bytes })}\n`);
