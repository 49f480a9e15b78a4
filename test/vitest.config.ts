import { defineConfig } from 'vitest/config';
import ServicesFirst from './helpers/services-first.ts';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/{unit,contract,golden,integration}/**/*.test.ts'],
    allowOnly: false,
    passWithNoTests: false,
    hideSkippedTests: true,
    // By default Vitest leaves a core free. That is half of a build server with two, and many tests wait for servers.
    maxWorkers: '100%',
    sequence: { sequencer: ServicesFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', new URL('./helpers/closing-line-reporter.ts', import.meta.url).pathname],
  },
});
