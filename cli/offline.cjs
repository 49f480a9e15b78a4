#!/usr/bin/env node
/**
 * The command `offline`, the `bin` of package.json: `npx offline …` in the clone, and `offline …` anywhere after `npm link`. It
 * does what `npm run offline -- …` does. Paths in its options are relative to the folder that it is called in.
 */
const path = require('node:path');

if (__dirname.split(path.sep).includes('node_modules')) {
  process.stderr.write(
    `offline: this is a copy in ${path.resolve(__dirname, '..')}, and Node runs no TypeScript below node_modules. ` +
      'Clone the repository and run `npm link` in the clone, or `npm install <folder of the clone>`: both make links\n',
  );
  process.exitCode = 1;
} else {
  // Only npm scripts have the caller's folder in INIT_CWD. Here it may be inherited from a script around this command.
  process.env.INIT_CWD = process.cwd();
  // A message that says how to go on repeats the command as it was typed.
  process.env.OFFLINE_TYPED_AS = process.env.npm_command === 'exec' ? 'npx offline' : 'offline';
  process.argv.splice(2, 0, 'cli/main.mjs');
  require('./launch.cjs');
}
