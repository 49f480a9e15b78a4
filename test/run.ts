/** `npm test`: makes sure that the services the tests need can be started, then runs every test. */
import { spawnSync } from 'node:child_process';
import { requireServices } from './helpers/services.ts';

requireServices();
const done = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exitCode = done.status ?? 1;
