/**
 * The services that tests talk to for real, from Debian's packages: ZooKeeper (with a Java to run it).
 *
 * They are installed where that is allowed (root on Debian or Ubuntu); elsewhere what is missing ends the run at once,
 * naming the command that installs it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

interface Service {
  readonly package: string;
  readonly present: () => boolean;
}

const runs = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const SERVICES: readonly Service[] = [
  { package: 'default-jre-headless', present: () => runs('java', '-version') },
  { package: 'zookeeper', present: () => existsSync('/usr/share/java/zookeeper.jar') },
];

/** Installs what is missing, or ends the process with the command that would. */
export function requireServices(): void {
  const missing = SERVICES.filter((service) => !service.present()).map((service) => service.package);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!mayInstall()) {
    console.error(`The tests need ${missing.join(' and ')}. Install with: sudo ${command}`);
    process.exit(1);
  }
  console.error(`set-up: ${command}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2], env });
  const done = spawnSync('sh', ['-c', `${command} -qq`], { stdio: ['ignore', 'ignore', 2], env });
  const left = SERVICES.filter((service) => !service.present()).map((service) => service.package);
  if (left.length === 0) return;
  console.error(`'${command}' ended with exit status ${done.status}; still missing: ${left.join(', ')}`);
  process.exit(1);
}

function mayInstall(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}
