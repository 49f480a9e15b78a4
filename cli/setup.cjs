/**
 * Set-up: makes a fresh clone ready to run, and costs a few milliseconds when it already is.
 *
 * Runs before `npm start`, `npm test` and the command line, on whatever Node (20 or newer) started npm; so it is plain
 * CommonJS and uses nothing that is installed. It (1) installs the dependencies when the lock file changed, (2) puts
 * Node 24, the version the Lambda functions run on, into `node_modules/.bin` when the machine's own is older: npm puts
 * that folder first on the PATH of its scripts, so the next command of the script runs on it (as `env node`, because a
 * shell remembers where it found `node` before), and (3) builds the kernels' WebAssembly. It speaks on stderr only: stdout
 * belongs to the command that follows.
 */
const { execFileSync, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const NODE_MAJOR = 24;
const NODE_VERSION = '24.21.0';
/** Each is `shared/kernels/assembly/<name>.ts` with what it imports, built into `.build/<name>.wasm`. */
const KERNELS = ['action-lines', 'als', 'word2vec'];
const root = path.resolve(__dirname, '..');
const at = (...parts) => path.join(root, ...parts);

const say = (text) => process.stderr.write(`set-up: ${text}\n`);
const hashOf = (...files) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(fs.readFileSync(at(file)));
  return hash.digest('hex');
};
const stampIs = (stamp, value) => fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === value;

/** Runs a command with its output on stderr; a failure ends set-up with the command's own words. */
function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status === 0) return;
  say(
    `'${command} ${args.join(' ')}' failed${done.error ? `: ${done.error.message}` : ` with exit status ${done.status}`}`,
  );
  process.exit(1);
}

function installDependencies() {
  const stamp = at('node_modules', '.set-up');
  const wanted = hashOf('package.json', 'package-lock.json');
  if (stampIs(stamp, wanted)) return;
  if (fs.existsSync(at('node_modules', '.package-lock.json')) && installedMatchesLock()) {
    fs.writeFileSync(stamp, wanted);
    return;
  }
  say('installing dependencies (npm ci)');
  run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
  fs.writeFileSync(stamp, wanted);
}

/** True after a plain `npm ci`: every package of the lock file that belongs on this platform is there at its version. */
function installedMatchesLock() {
  const lock = JSON.parse(fs.readFileSync(at('package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(fs.readFileSync(at('node_modules', '.package-lock.json'), 'utf8')).packages;
  return Object.entries(lock).every(
    ([name, entry]) => name === '' || entry.optional || installed[name]?.version === entry.version,
  );
}

function installNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return;
  const bin = at('node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  if (fs.existsSync(bin)) return;
  const name = `node-${process.platform}-${process.arch}`;
  say(`this is Node ${process.versions.node}: installing Node ${NODE_VERSION} into node_modules`);
  run('npm', [
    'install',
    '--no-save',
    '--no-package-lock',
    '--no-fund',
    '--no-audit',
    '--loglevel=error',
    `${name}@${NODE_VERSION}`,
  ]);
  if (!fs.existsSync(bin)) {
    fs.mkdirSync(path.dirname(bin), { recursive: true });
    fs.symlinkSync(path.join('..', name, 'bin', 'node'), bin);
  }
  execFileSync(bin, ['--version'], { stdio: 'ignore' });
}

function buildKernels() {
  const folder = 'shared/kernels/assembly';
  const sources = fs
    .readdirSync(at(folder))
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => `${folder}/${file}`);
  const stamp = at('.build', 'kernels.stamp');
  const wanted = hashOf('cli/setup.cjs', 'package-lock.json', ...sources);
  if (stampIs(stamp, wanted)) return;
  say('building the kernels (AssemblyScript to WebAssembly)');
  fs.mkdirSync(at('.build'), { recursive: true });
  for (const name of KERNELS) {
    const wasm = `.build/${name}.wasm`;
    // Written beside its place and moved there: a second command that starts meanwhile never loads half a module.
    run(process.execPath, [
      ...['node_modules/assemblyscript/bin/asc.js', `${folder}/${name}.ts`, '-o', `${wasm}.${process.pid}`],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd', '--enable', 'relaxed-simd'],
    ]);
    fs.renameSync(at(`${wasm}.${process.pid}`), at(wasm));
  }
  fs.writeFileSync(stamp, wanted);
}

/** One set-up at a time in one clone: a second command waits for the first. */
function locked(work) {
  const lock = at('.set-up.lock');
  const alive = (pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return error.code === 'EPERM';
    }
  };
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(fs.existsSync(lock) ? fs.readFileSync(lock, 'utf8') : 0);
    // A holder that is gone, or that died between creating the file and writing its number, has left the lock behind.
    const age = fs.existsSync(lock) ? Date.now() - fs.statSync(lock).mtimeMs : 0;
    if (holder ? !alive(holder) : age > 5_000) fs.rmSync(lock, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  say(`Node ${process.versions.node} is too old: Node 20 or newer is needed`);
  process.exit(1);
}
locked(() => {
  installDependencies();
  installNode();
  buildKernels();
});
