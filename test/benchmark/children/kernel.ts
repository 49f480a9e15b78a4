/** Runs a job's kernel (`kernels/`) on one thread over data in memory, and prints a digest of its output. */
import { createHash } from 'node:crypto';
import type { Kernel, KernelRun } from '../kernels/kernel.ts';
import { timed } from '../measure.ts';

const run = JSON.parse(process.argv[2]!) as KernelRun;
const { kernel } = (await import(`../kernels/${run.job}.ts`)) as { readonly kernel: Kernel };
const compute = await kernel(run);
const output: Uint8Array[] = [];
const measurement = await timed(async () => {
  for await (const bytes of compute()) output.push(bytes);
});
const digest = createHash('sha256');
for (const bytes of output) digest.update(bytes);
process.stdout.write(`${JSON.stringify({ ...measurement, digest: digest.digest('hex') })}\n`);
