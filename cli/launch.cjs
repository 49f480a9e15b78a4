/**
 * Starts the program of an npm script: `node cli/launch.cjs <module> [argument]…`. The module's path is relative to the
 * project's folder.
 *
 * It sets the clone up, then runs the module on Node 24: in this process when this process runs on Node 24, else in a
 * child. Either way a signal that npm passes on reaches the program. A shell in between (`set-up && node …`) would keep
 * SIGINT to itself, and on SIGTERM it would die alone and leave the program running. For the same reason the scripts in
 * package.json begin with `exec`.
 */
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { endBy, runChild } = require('./child.cjs');
const { endWith, setUp } = require('./setup.cjs');

const root = path.resolve(__dirname, '..');

async function launch([module, ...rest]) {
  const program = path.join(root, module);
  const node = await setUp();
  if (node === process.execPath) {
    process.argv = [node, program, ...rest];
    await import(pathToFileURL(program).href);
    return;
  }
  const { status, signal, error } = await runChild(node, [program, ...rest], { stdio: 'inherit' });
  if (error) throw error;
  if (status === null) endBy(signal);
  else process.exitCode = status;
}

launch(process.argv.slice(2)).catch(endWith);
