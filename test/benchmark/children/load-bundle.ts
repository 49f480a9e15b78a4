/** Loads a bundle as Lambda does at a cold start, and measures the time of its modules before the first event. */
import type { Measurement } from '../measure.ts';

const { bundle } = JSON.parse(process.argv[2]!) as { readonly bundle: string };
const started = performance.now();
const before = process.cpuUsage();
await import(bundle);
const { user, system } = process.cpuUsage(before);
const measurement: Measurement = {
  cpuSeconds: (user + system) / 1e6,
  seconds: (performance.now() - started) / 1000,
  // The current memory is taken, because the peak of so small a process may be that of the process that started it.
  peakMemoryMb: process.memoryUsage.rss() / 2 ** 20,
};
process.stdout.write(`${JSON.stringify(measurement)}\n`);
