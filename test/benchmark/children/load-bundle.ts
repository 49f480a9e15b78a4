/** Loads a bundle as Lambda does when a function starts cold: what its modules take before the first event. */
import type { Measurement } from '../measure.ts';

const { bundle } = JSON.parse(process.argv[2]!) as { readonly bundle: string };
const started = performance.now();
const before = process.cpuUsage();
await import(bundle);
const { user, system } = process.cpuUsage(before);
const measurement: Measurement = {
  cpuSeconds: (user + system) / 1e6,
  seconds: (performance.now() - started) / 1000,
  // What it holds now: the high-water mark of so small a process may be that of the one that spawned it.
  peakMemoryMb: process.memoryUsage.rss() / 2 ** 20,
};
process.stdout.write(`${JSON.stringify(measurement)}\n`);
