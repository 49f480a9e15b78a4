/**
 * Finds the Python that LocalStack runs on, or installs it where that is allowed, and makes the virtual environment. A clone
 * needs one environment for each version of `requirements.txt`.
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

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const INSTALLER = fileURLToPath(new URL('host/install.py', import.meta.url));
const CACHE = fileURLToPath(new URL('../.build/localstack-venv/', import.meta.url));

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
function installPython(): string {
  const need = 'The AWS emulator needs Python 3.11, 3.12 or 3.13 with its venv module, or a running Docker.';
  const command = installCommand(PACKAGES);
  if (!mayInstall()) throw new SetUpError(`${need} On Debian or Ubuntu: sudo ${command}`);
  const status = install(PACKAGES);
  const python = findPython();
  if (python !== undefined) return python;
  throw new SetUpError(`${need} '${command}' ended with exit status ${status} and brought none.`);
}

/** Returns the Python of the virtual environment with LocalStack; undefined when it is not installed yet. */
export function installedPython(): string | undefined {
  const installed = `${venvFolder()}/bin/python`;
  return existsSync(`${venvFolder()}/complete`) && isExecutable(installed) ? installed : undefined;
}

/**
 * Returns the same Python, and installs it first when that is needed (a minute, 530 MB, from PyPI). Callers at the same time,
 * in one process or several, install it once.
 *
 * @throws SetUpError naming the command that installs a Python, or with pip's output when the installation fails
 */
export async function virtualEnvironment(): Promise<string> {
  const installed = installedPython();
  if (installed !== undefined) return installed;
  const python = findPython() ?? installPython();
  process.stderr.write('emulator: installing LocalStack from PyPI into .build/localstack-venv (a minute, once)\n');
  const child = spawn(python, [INSTALLER, venvFolder(), REQUIREMENTS], { stdio: ['ignore', 'pipe', 'pipe'] });
  const words: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => words.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => words.push(chunk));
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  if (status === 0) return `${venvFolder()}/bin/python`;
  const said = Buffer.concat(words).toString();
  throw new SetUpError(
    `LocalStack could not be installed (exit status ${status}): check that PyPI can be reached. pip printed:\n${said}`,
  );
}

/** The name follows from what is installed and how, so that a change of either makes a new folder beside the old one. */
function venvFolder(): string {
  const key = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(readFileSync(INSTALLER)).digest('hex');
  return `${CACHE}${key.slice(0, 16)}`;
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
