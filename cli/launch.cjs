/**
 * How every npm script starts its program: `node cli/launch.cjs [--first <script.cjs>] <module> [argument]…`, the module by
 * its path from the project's folder.
 *
 * It sets the clone up, then runs the module on Node 24: in this very process where that is the Node that started it, else
 * in a child. A signal that npm passes on therefore reaches the program. A shell in between (`set-up && node …`) would
 * keep SIGINT to itself, and on SIGTERM it would die alone and leave the program running. The scripts say `exec`, so that no
 * shell stays there either.
 */
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { endBy, runChild } = require('./child.cjs');
const { endWith, setUp } = require('./setup.cjs');

const root = path.resolve(__dirname, '..');

async function launch([word, ...rest]) {
  if (word === '--first') {
    require(path.join(root, rest[0]));
    await launch(rest.slice(1));
    return;
  }
  const program = path.join(root, word);
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
