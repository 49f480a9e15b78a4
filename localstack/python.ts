/**
 * Finds the Python that LocalStack and the tests' tools run on, or installs it where that is allowed, and makes their virtual
 * environments. A clone needs one environment for each version of a `requirements.txt`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SetUpError } from '../shared/errors.ts';
import { install, installCommand, mayInstall } from './debian.ts';

/** Python 3.11 comes first, because CI has it. Some of the pinned packages do not support 3.14. */
const CANDIDATES = ['python3.11', 'python3.12', 'python3.13', 'python3'];
const PROBE = 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))';
const PROBE_TIMEOUT_MS = 1_000;
const PACKAGES = ['python3', 'python3-venv'];

const INSTALLER = fileURLToPath(new URL('host/install.py', import.meta.url));
const BUILD = fileURLToPath(new URL('../.build/', import.meta.url));

/** Packages from PyPI that are installed together, in a virtual environment of their own. */
export interface PythonPackages {
  /** What the messages call them. */
  readonly title: string;
  /** Absolute path of a file that names every package, also the indirect ones, at one version. */
  readonly requirements: string;
  /** Folder of the environments, below `.build`. */
  readonly folder: string;
  /** How long the installation takes and how much it stores, in words. */
  readonly effort: string;
}

const LOCALSTACK: PythonPackages = {
  title: 'LocalStack',
  requirements: fileURLToPath(new URL('requirements.txt', import.meta.url)),
  folder: 'localstack-venv',
  effort: 'a minute, 530 MB',
};

/**
 * Returns the command of a Python 3.11–3.13 that can make virtual environments (a package of its own on Debian); undefined if
 * there is none.
 */
export function findPython(): string | undefined {
  return CANDIDATES.find(
    (command) => spawnSync(command, ['-c', PROBE], { stdio: 'ignore', timeout: PROBE_TIMEOUT_MS }).status === 0,
  );
}

/** Installs Python and returns its command. @throws SetUpError naming the command to run where that is not allowed */
function installPython({ title }: PythonPackages): string {
  const orDocker = title === LOCALSTACK.title ? ', or a running Docker' : '';
  const need = `${title} needs Python 3.11, 3.12 or 3.13 with its venv module${orDocker}.`;
  const command = installCommand(PACKAGES);
  if (!mayInstall()) throw new SetUpError(`${need} On Debian or Ubuntu: sudo ${command}`);
  const status = install(PACKAGES);
  const python = findPython();
  if (python !== undefined) return python;
  throw new SetUpError(`${need} '${command}' ended with exit status ${status} and brought none.`);
}

/** Returns the Python of the virtual environment with the packages; undefined when it is not installed yet. */
export function installedPython(packages: PythonPackages = LOCALSTACK): string | undefined {
  const folder = venvFolder(packages);
  const installed = `${folder}/bin/python`;
  return existsSync(`${folder}/complete`) && isExecutable(installed) ? installed : undefined;
}

/**
 * Returns the same Python, and installs it with the packages first when that is needed. Callers at the same time, in one
 * process or several, install it once.
 *
 * @param packages default: those of LocalStack (a minute, 530 MB, from PyPI)
 * @throws SetUpError naming the command that installs a Python, or with pip's output when the installation fails
 */
export async function virtualEnvironment(packages: PythonPackages = LOCALSTACK): Promise<string> {
  const installed = installedPython(packages);
  if (installed !== undefined) return installed;
  const { title, requirements, effort } = packages;
  const python = findPython() ?? installPython(packages);
  process.stderr.write(`installing ${title} from PyPI into .build/${packages.folder} (${effort}, once)\n`);
  const child = spawn(python, [INSTALLER, venvFolder(packages), requirements], { stdio: ['ignore', 'pipe', 'pipe'] });
  const words: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => words.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => words.push(chunk));
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  if (status === 0) return `${venvFolder(packages)}/bin/python`;
  const said = Buffer.concat(words).toString();
  throw new SetUpError(
    `${title} could not be installed (exit status ${status}): check that PyPI can be reached. pip printed:\n${said}`,
  );
}

/** The name follows from what is installed and how, so that a change of either makes a new folder beside the old one. */
function venvFolder({ requirements, folder }: PythonPackages): string {
  const key = createHash('sha256').update(readFileSync(requirements)).update(readFileSync(INSTALLER)).digest('hex');
  return `${BUILD}${folder}/${key.slice(0, 16)}`;
}

/** True when the file can be executed: false for a link to a Python that was uninstalled. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
