/** The tests that take too long for `npm test`; `npm run test:long` runs them. */
import { defineConfig } from 'vitest/config';
import usual from './vitest.config.ts';

export default defineConfig({
  ...usual,
  test: {
    ...usual.test,
    include: [
      'test/contract/job.test.ts',
      'test/integration/matrix-factorization.test.ts',
      'test/integration/word2vec-quality.test.ts',
      'test/unit/group-actions/generated-logs.test.ts',
      'test/**/*.long.test.ts',
    ],
    env: { TEST_LONG: '1' },
  },
});
