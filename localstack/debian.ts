/** Installs Debian packages: the servers that the tests start, and the Python that the emulator runs on. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** True when this process may install packages without asking anybody: it is root, on Debian or Ubuntu. */
export function mayInstall(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** The command that installs the packages; a person types `sudo` before it. */
export const installCommand = (packages: readonly string[]): string =>
  `apt-get install -y --no-install-recommends ${packages.join(' ')}`;

/**
 * Installs the packages; apt-get writes to stderr.
 *
 * @returns the exit status, or `null` when a signal ended the command or it did not start. The caller checks that the
 * programs are installed.
 */
export function install(packages: readonly string[]): number | null {
  const command = installCommand(packages);
  process.stderr.write(`set-up: ${command}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2], env });
  return spawnSync('sh', ['-c', `${command} -qq`], { stdio: ['ignore', 'ignore', 2], env }).status;
}
