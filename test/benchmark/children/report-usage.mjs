/** Preloaded into the command line. At its end it writes the usage of the whole process, all threads together, to USAGE_FILE. */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = {
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      seconds: process.uptime(),
      peakMemoryMb: maxRSS / 1024,
    };
    writeFileSync(process.env.USAGE_FILE, JSON.stringify(usage));
  });
}
