/**
 * The Python that LocalStack runs on: found, or installed where that is allowed; and the virtual environment, made once
 * a clone and version of `requirements.txt`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SetUpError } from '../shared/errors.ts';
import { install, installCommand, mayInstall } from './debian.ts';

/** 3.11 first: the version that CI has. 3.14 is newer than some of the pinned packages. */
const CANDIDATES = ['python3.11', 'python3.12', 'python3.13', 'python3'];
const PROBE = 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))';
const PROBE_TIMEOUT_MS = 1_000;
const PACKAGES = ['python3', 'python3-venv'];

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const INSTALLER = fileURLToPath(new URL('host/install.py', import.meta.url));
const CACHE = fileURLToPath(new URL('../.build/localstack-venv/', import.meta.url));

/** The command of a Python 3.11–3.13 that can make virtual environments (Debian packs that apart); undefined if none. */
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

/** The Python of the virtual environment that holds LocalStack; undefined where it is not installed yet. */
export function installedPython(): string | undefined {
  const installed = `${venvFolder()}/bin/python`;
  return existsSync(`${venvFolder()}/complete`) && isExecutable(installed) ? installed : undefined;
}

/**
 * The same, after installing it where it is not there yet (a minute, 530 MB, from PyPI). Two callers at once, of one
 * process or several, install it once.
 *
 * @throws SetUpError naming the command that brings a Python, or with pip's own words when the install fails
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
    `LocalStack could not be installed (exit status ${status}): is PyPI reached? pip said:\n${said}`,
  );
}

/** Named after what is installed, and how: after a change of either a new one is made beside the old. */
function venvFolder(): string {
  const key = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(readFileSync(INSTALLER)).digest('hex');
  return `${CACHE}${key.slice(0, 16)}`;
}

/** False for a link to a Python that was uninstalled meanwhile. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
