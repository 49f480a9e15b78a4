/**
 * What the tests talk to for real, from Debian's packages: ZooKeeper, with a Java to run it, and MariaDB, for MySQL. Of
 * MariaDB only the programs: the whole package, `mariadb-server`, would also set up and start a server of the machine's
 * own (which serves the tests as well where it is there already).
 *
 * Runs first of all in `npm test`, on whatever Node there is. What is missing is installed where that is allowed (root on
 * Debian or Ubuntu); elsewhere it ends the run at once, naming the command that installs it.
 */
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { install, installCommand, mayInstall } = require('../localstack/debian.cjs');

/** Debian keeps servers in /usr/sbin, which is not on everybody's PATH. */
const PATH = `${process.env.PATH ?? '/usr/bin'}:/usr/sbin`;

const runs = (command, ...args) =>
  spawnSync(command, args, { stdio: 'ignore', env: { ...process.env, PATH } }).status === 0;

const SERVICES = [
  { package: 'default-jre-headless', present: () => runs('java', '-version') },
  { package: 'zookeeper', present: () => existsSync('/usr/share/java/zookeeper.jar') },
  { package: 'mariadb-server-core', present: () => runs('mariadbd', '--version') },
  { package: 'mariadb-client-core', present: () => runs('my_print_defaults', '--version') },
];

const missing = () => SERVICES.filter((service) => !service.present()).map((service) => service.package);

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

const wanted = missing();
if (wanted.length > 0) {
  const command = installCommand(wanted);
  if (!mayInstall()) fail(`The tests need ${wanted.join(' and ')}. Install with: sudo ${command}`);
  const status = install(wanted);
  const left = missing();
  if (left.length > 0) fail(`'${command}' ended with exit status ${status}; still missing: ${left.join(', ')}`);
}
