/**
 * Debian's packages, for what the tests and the emulator need beside Node. Plain CommonJS that uses nothing installed: the
 * first to load it is test/services.cjs, on whatever Node there is, before the dependencies are.
 */
const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');

/** Whether packages may be installed here without asking: root on Debian or Ubuntu. */
function mayInstall() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** What a person would type (after sudo). */
const installCommand = (packages) => `apt-get install -y --no-install-recommends ${packages.join(' ')}`;

/** Runs it, its words on stderr. Returns the exit status; whether the programs are there now, the caller looks. */
function install(packages) {
  const command = installCommand(packages);
  process.stderr.write(`set-up: ${command}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2], env });
  return spawnSync('sh', ['-c', `${command} -qq`], { stdio: ['ignore', 'ignore', 2], env }).status;
}

module.exports = { mayInstall, installCommand, install };
