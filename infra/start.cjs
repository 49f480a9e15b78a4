/**
 * Starts the CDK app however `cdk` was called, also on an older Node and without npm's PATH: sets the clone up, then runs
 * `app.ts` on Node 24. Plain CommonJS, as set-up is.
 */
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

require('../cli/setup.cjs');

const installed = path.join(
  __dirname,
  '..',
  'node_modules',
  '.bin',
  process.platform === 'win32' ? 'node.cmd' : 'node',
);
const node = existsSync(installed) ? installed : process.execPath;
const { status } = spawnSync(node, [path.join(__dirname, 'app.ts')], { stdio: 'inherit' });
process.exitCode = status ?? 1;
