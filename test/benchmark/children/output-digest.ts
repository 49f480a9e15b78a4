/** Prints a digest of a job's files, one after another. Compressed files are expanded. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { filesIn } from '../files.ts';

const { folder } = JSON.parse(process.argv[2]!) as { readonly folder: string };
const digest = createHash('sha256');
for (const path of filesIn(folder)) {
  const bytes = readFileSync(path);
  digest.update(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}
process.stdout.write(`${JSON.stringify({ digest: digest.digest('hex') })}\n`);
