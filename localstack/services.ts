/**
 * The programs that run from Debian packages: ZooKeeper, with the Java that it needs, MariaDB, for MySQL, and the browser that
 * opens reports. They serve the tests, and the servers also `npm run localstack`. Only MariaDB's programs are needed; the whole
 * package, `mariadb-server`, would also start a server for the whole machine.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SetUpError } from '../shared/errors.ts';
import { install, installCommand, mayInstall } from './debian.ts';

export type Service = 'zookeeper' | 'mariadb' | 'chromium';

export interface DebianPackage {
  readonly name: string;
  readonly isInstalled: () => boolean;
}

/** Debian keeps servers in /usr/sbin, which is not on everybody's PATH. */
export const pathWithServers = (): string => `${process.env.PATH ?? '/usr/bin'}:/usr/sbin`;

const runs = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore', env: { ...process.env, PATH: pathWithServers() } }).status === 0;

const ZOOKEEPER: readonly DebianPackage[] = [
  { name: 'default-jre-headless', isInstalled: () => runs('java', '-version') },
  { name: 'zookeeper', isInstalled: () => existsSync('/usr/share/java/zookeeper.jar') },
];
const MARIADB: readonly DebianPackage[] = [
  { name: 'mariadb-server-core', isInstalled: () => runs('mariadbd', '--version') },
  { name: 'mariadb-client-core', isInstalled: () => runs('my_print_defaults', '--version') },
];

/** A build server often has Chrome, which serves as well. */
const BROWSERS = ['chromium', 'google-chrome', 'google-chrome-stable'];

/** Returns the path of an installed browser; undefined when there is none. */
export function browserPath(): string | undefined {
  const folders = (process.env.PATH ?? '/usr/bin').split(':');
  return BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

const CHROMIUM: readonly DebianPackage[] = [{ name: 'chromium', isInstalled: () => browserPath() !== undefined }];

const PACKAGES: Readonly<Record<Service, readonly DebianPackage[]>> = {
  zookeeper: ZOOKEEPER,
  mariadb: MARIADB,
  chromium: CHROMIUM,
};

/** The packages that the services need. With `TEST_SERVICES=docker`, ZooKeeper needs none: it runs from an image. */
export function packagesOf(services: readonly Service[]): DebianPackage[] {
  const fromPackages = services.filter((service) => service !== 'zookeeper' || process.env.TEST_SERVICES !== 'docker');
  return fromPackages.flatMap((service) => PACKAGES[service]);
}

/** The functions that install packages. Tests replace them, because tests install nothing. */
export interface Installer {
  readonly mayInstall: () => boolean;
  readonly install: (names: readonly string[]) => number | null;
}

/**
 * Installs the packages that are missing, where this process may.
 *
 * @throws SetUpError naming the command to run where it may not, or what is missing after the command
 */
export function installMissing(packages: readonly DebianPackage[], by: Installer = { mayInstall, install }): void {
  const missing = () => packages.filter(({ isInstalled }) => !isInstalled()).map(({ name }) => name);
  const wanted = missing();
  if (wanted.length === 0) return;
  const command = installCommand(wanted);
  const need = `ZooKeeper, MariaDB and Chromium run from Debian packages, and ${wanted.join(' and ')} must be installed.`;
  if (!by.mayInstall()) throw new SetUpError(`${need} Run: sudo ${command}`);
  const status = by.install(wanted);
  const left = missing();
  if (left.length === 0) return;
  throw new SetUpError(
    `${need} '${command}' ended with exit status ${status}, and these are still missing: ${left.join(', ')}`,
  );
}
