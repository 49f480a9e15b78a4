/**
 * Set-up: makes a fresh clone ready to run. It takes a few milliseconds when the clone is ready.
 *
 * The launcher (`launch.cjs`) calls it before every npm script, on the Node (20 or newer) that runs npm. Therefore it is plain
 * CommonJS and uses nothing that is installed. It (1) installs the dependencies when the lock file has changed, (2) puts
 * Node 24, the version of the Lambda functions, into `node_modules/.bin` when the machine's own Node is older, and (3) builds
 * the kernels' WebAssembly. It writes to stderr only, because stdout is for the program that follows.
 *
 * It writes no file when there is nothing to do, so that one user may set a clone up for users who may not write there.
 */
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { endBy, runChild } = require('./child.cjs');
const { withSetUpLock } = require('./set-up-lock.cjs');

const NODE_MAJOR = 24;
const NODE_VERSION = '24.21.0';
/** The names of the kernels. Each is `shared/kernels/assembly/<name>.ts` with its imports, built into `.build/<name>.wasm`. */
const KERNELS = ['action-lines', 'als', 'best-items', 'word2vec'];
const KERNEL_SOURCES = 'shared/kernels/assembly';
/** The error codes of writing into a folder without permission. */
const READ_ONLY = new Set(['EACCES', 'EPERM', 'EROFS']);
const root = path.resolve(__dirname, '..');
const at = (...parts) => path.join(root, ...parts);

const say = (text) => process.stderr.write(`set-up: ${text}\n`);
const hashOf = (...files) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(fs.readFileSync(at(file)));
  return hash.digest('hex');
};
const stampIs = (stamp, value) => fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === value;

/** An error that ends set-up. `signal` is the signal that stopped it, if any. */
class SetUpFailure extends Error {
  constructor(message, signal) {
    super(message);
    this.signal = signal;
  }
}

/** Runs a command with its output on stderr. @throws SetUpFailure with the command and how it ended */
async function run(command, args) {
  const { status, signal, error } = await runChild(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0 && signal === null) return;
  const end = error ? error.message : signal === null ? `exit status ${status}` : signal;
  throw new SetUpFailure(`'${command} ${args.join(' ')}' failed: ${end}`, signal);
}

const dependenciesStamp = at('node_modules', '.set-up');

/**
 * Returns a hash of what must be installed. A change of anything else in package.json, such as a script, does not change it.
 */
function wantedDependencies() {
  const { dependencies, devDependencies } = JSON.parse(fs.readFileSync(at('package.json'), 'utf8'));
  const declared = JSON.stringify([dependencies, devDependencies]);
  return createHash('sha256').update(declared).update(hashOf('package-lock.json')).digest('hex');
}

function dependenciesAreInstalled() {
  const wanted = wantedDependencies();
  if (stampIs(dependenciesStamp, wanted)) return true;
  if (!fs.existsSync(at('node_modules', '.package-lock.json')) || !installedMatchesLock()) return false;
  try {
    fs.writeFileSync(dependenciesStamp, wanted);
  } catch (error) {
    // Without the stamp, the lock file is compared again each time.
    if (!READ_ONLY.has(error.code)) throw error;
  }
  return true;
}

async function installDependencies() {
  if (dependenciesAreInstalled()) return;
  say('installing dependencies (npm ci)');
  await run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
  fs.writeFileSync(dependenciesStamp, wantedDependencies());
}

/** True after a plain `npm ci`: every package of the lock file for this platform is installed at its version. */
function installedMatchesLock() {
  const lock = JSON.parse(fs.readFileSync(at('package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(fs.readFileSync(at('node_modules', '.package-lock.json'), 'utf8')).packages;
  return Object.entries(lock).every(
    ([name, entry]) => name === '' || entry.optional || installed[name]?.version === entry.version,
  );
}

/** False when `npm ci` has removed the Node of this process: npm puts `node_modules/.bin` first on the PATH. */
const isNodeThere = () => fs.existsSync(process.execPath);
const isNodeNewEnough = () => Number(process.versions.node.split('.')[0]) >= NODE_MAJOR && isNodeThere();
const nodeToRunOn = () => (isNodeNewEnough() ? process.execPath : installedNode);
const installedNode = at('node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const nodeIsThere = () => isNodeNewEnough() || fs.existsSync(installedNode);

async function installNode() {
  if (nodeIsThere()) return;
  const name = `node-${process.platform}-${process.arch}`;
  const why = isNodeThere() ? `this is Node ${process.versions.node}` : 'installing the dependencies removed this Node';
  say(`${why}: installing Node ${NODE_VERSION} into node_modules`);
  // npm reads the lock file, because otherwise it would also change the versions of installed packages. It saves nothing.
  const quietly = ['--no-save', '--no-fund', '--no-audit', '--loglevel=error'];
  await run('npm', ['install', ...quietly, `${name}@${NODE_VERSION}`]);
  if (!fs.existsSync(installedNode)) {
    fs.mkdirSync(path.dirname(installedNode), { recursive: true });
    fs.symlinkSync(path.join('..', name, 'bin', 'node'), installedNode);
  }
  await run(installedNode, ['--version']);
}

const kernelsStamp = at('.build', 'kernels.stamp');

function wantedKernels() {
  const sources = fs
    .readdirSync(at(KERNEL_SOURCES))
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => `${KERNEL_SOURCES}/${file}`);
  return hashOf('cli/setup.cjs', 'package-lock.json', ...sources);
}

const kernelsAreBuilt = () => stampIs(kernelsStamp, wantedKernels());

async function buildKernels() {
  if (kernelsAreBuilt()) return;
  say('building the kernels (AssemblyScript to WebAssembly)');
  fs.mkdirSync(at('.build'), { recursive: true });
  for (const name of KERNELS) {
    const wasm = `.build/${name}.wasm`;
    // A draft is written and renamed, so that another command never loads half a module.
    await run(nodeToRunOn(), [
      ...['node_modules/assemblyscript/bin/asc.js', `${KERNEL_SOURCES}/${name}.ts`, '-o', `${wasm}.${process.pid}`],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd', '--enable', 'relaxed-simd'],
    ]);
    fs.renameSync(at(`${wasm}.${process.pid}`), at(wasm));
  }
  fs.writeFileSync(kernelsStamp, wantedKernels());
}

/** Returns in words what is still missing. */
const missing = () => [
  ...(dependenciesAreInstalled() ? [] : ['the dependencies']),
  ...(nodeIsThere() ? [] : [`Node ${NODE_VERSION}`]),
  ...(kernelsAreBuilt() ? [] : ['the kernels']),
];

/** Sets the clone up. Resolves to the path of the Node that runs programs. @throws SetUpFailure naming the cure */
async function setUp() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new SetUpFailure(`Node ${process.versions.node} is too old: Node 20 or newer is needed`);
  }
  const wanted = missing();
  if (wanted.length > 0) await doMissing(wanted);
  return nodeToRunOn();
}

async function doMissing(wanted) {
  try {
    await withSetUpLock(at('.set-up.lock'), say, async () => {
      await installDependencies();
      await installNode();
      await buildKernels();
    });
  } catch (error) {
    if (error instanceof SetUpFailure) throw error;
    if (!READ_ONLY.has(error.code)) throw new SetUpFailure(error.message);
    throw new SetUpFailure(
      `${wanted.join(' and ')} must be installed first, and ${root} cannot be written to (${error.code}): ` +
        "run 'npm run build' there once as a user who may write, then every user can run it",
    );
  }
}

/** Prints the failure, and ends this process. */
function endWith(failure) {
  if (!(failure instanceof SetUpFailure)) throw failure;
  say(failure.message);
  if (failure.signal) endBy(failure.signal);
  else process.exitCode = 1;
}

module.exports = { endWith, setUp };
if (require.main === module) setUp().catch(endWith);
