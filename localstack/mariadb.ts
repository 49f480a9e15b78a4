/**
 * A MySQL of one's own for tests and development: MariaDB from Debian's packages, as a process of this machine.
 *
 *   const database = await startMariaDb();
 *   await database.create('shop');
 *   … --set jdbc="$(database.jdbc('shop'))"
 *   await database.stop();
 *
 * It listens on 127.0.0.1 only, in a folder of its own, and knows one user, who needs the password. Any number may run
 * at once. Ready in 1–3 s.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { SetUpError } from '../shared/errors.ts';
import { installCommand } from './debian.ts';
import { endWithParent } from './end-with-parent.ts';
import { freePort } from './ports.ts';
import { pathWithServers } from './services.ts';

export interface MariaDbOptions {
  /** Folder for its files, kept after `stop` (a second server may then go on with it). Default: a temporary one. */
  readonly folder?: string;
  /** TCP port on 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Offers TLS with a certificate for `TLS_HOST`; `demanded`: lets nobody in without. Default: none is offered. */
  readonly tls?: 'offered' | 'demanded';
  /** Room for all tables, MiB; at least 12. Default: as much as the disk has. */
  readonly roomMb?: number;
}

/** The one name that the server's certificate is for; it leads nowhere, so tests bring a resolver. */
export const TLS_HOST = 'database.test';

export interface MariaDb {
  readonly host: string;
  readonly port: number;
  /** May do everything, over TCP, with the password. */
  readonly user: string;
  readonly password: string;
  /** The file of the certificate that the server's comes from; undefined where it offers no TLS. */
  readonly certificate: string | undefined;
  /** Creates an empty database and returns its address. */
  create(database: string): Promise<string>;
  /** `jdbc:mysql://127.0.0.1:<port>/<database>?user=…&password=…` */
  jdbc(database: string): string;
  /** What the server has written so far. */
  log(): string;
  /** Ends the server in order; `SIGKILL` as a crash would. Removes the temporary folder. May be called twice. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const HOST = '127.0.0.1';
const USER = 'offline';
/** Holds what an address must escape, so that whoever forgets to is found out. */
const PASSWORD = 'p&ss w=rd%+ü';
const PACKAGES = ['mariadb-server-core', 'mariadb-client-core'];
const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 10_000;
const PORT_ATTEMPTS = 3;
/** Small, and never waiting for the disk: what it holds is not worth keeping through a power failure. */
const SERVER_OPTIONS = [
  '--innodb-buffer-pool-size=32M',
  '--innodb-log-file-size=16M',
  '--innodb-flush-log-at-trx-commit=0',
  '--character-set-server=utf8mb4',
  '--skip-name-resolve',
];

/** @throws SetUpError when MariaDB is not installed (names the command), or does not start (holds the end of its log) */
export async function startMariaDb(options: MariaDbOptions = {}): Promise<MariaDb> {
  const folder = options.folder === undefined ? mkdtempSync(join(tmpdir(), 'mariadb-')) : resolve(options.folder);
  const removeFolder = () => {
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    await installTables(folder, options);
    if (options.tls !== undefined) await makeCertificates(folder);
    for (let attempt = 1; ; attempt++) {
      const server = new Server(folder, options.port ?? (await freePort()), options, removeFolder);
      if (await server.isReady()) return server;
      const log = server.log();
      await server.end('SIGTERM');
      // Between looking for a free port and binding it, another process may have taken it.
      const mayRetry = options.port === undefined && attempt < PORT_ATTEMPTS && log.includes('Address already in use');
      if (!mayRetry) throw new SetUpError(`MariaDB did not start on port ${server.port}:\n${log.slice(-2_000)}`);
    }
  } catch (error) {
    removeFolder();
    throw error;
  }
}

/** Makes the server's own tables, unless the folder has them. */
async function installTables(folder: string, { roomMb }: MariaDbOptions): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const options = [
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    ...runAs(),
    ...SERVER_OPTIONS,
    ...roomOptions(roomMb),
  ];
  // Root is reached by nobody over TCP: it would have no password.
  const tables = ['--auth-root-authentication-method=socket', '--skip-test-db'];
  try {
    await promisify(execFile)('mariadb-install-db', [...options, ...tables], { env: environment() });
  } catch (error) {
    throw new SetUpError(`MariaDB cannot be set up (it comes with: sudo ${installCommand(PACKAGES)})`, {
      cause: error,
    });
  }
  const account = `'${USER}'@'%'`;
  const sql = [
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${PASSWORD}';`,
    `GRANT ALL PRIVILEGES ON *.* TO ${account} WITH GRANT OPTION;`,
  ];
  writeFileSync(join(folder, 'users.sql'), `${sql.join('\n')}\n`, { mode: 0o600 });
}

/** An authority of the server's own, `ca.pem`, and the server's certificate by it. */
async function makeCertificates(folder: string): Promise<void> {
  const openssl = async (name: string, subject: string, ...options: string[]) => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}-key.pem`];
    const request = ['req', '-x509', ...key, '-days', '2', '-subj', `/CN=${subject}`, '-out', `${name}.pem`];
    await promisify(execFile)('openssl', [...request, ...options], { cwd: folder });
  };
  try {
    await openssl('ca', 'authority of a test');
    const byAuthority = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-addext', 'basicConstraints=critical,CA:FALSE'];
    await openssl('server', TLS_HOST, ...byAuthority, '-addext', `subjectAltName=DNS:${TLS_HOST}`);
  } catch (error) {
    throw new SetUpError(`No certificates can be made (openssl comes with: sudo ${installCommand(['openssl'])})`, {
      cause: error,
    });
  }
}

/** As root the server insists on being told that it may. */
function runAs(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: pathWithServers(), LC_ALL: 'C.UTF-8' };
}

const tlsOptions = (folder: string): string[] => [
  `--ssl-ca=${join(folder, 'ca.pem')}`,
  `--ssl-cert=${join(folder, 'server.pem')}`,
  `--ssl-key=${join(folder, 'server-key.pem')}`,
];

/** One file of a fixed size for all tables. */
const roomOptions = (roomMb: number | undefined): string[] =>
  roomMb === undefined ? [] : ['--innodb-file-per-table=0', `--innodb-data-file-path=ibdata1:${roomMb}M`];

class Server implements MariaDb {
  readonly host = HOST;
  readonly port: number;
  readonly user = USER;
  readonly password = PASSWORD;
  readonly certificate: string | undefined;
  readonly #child: ChildProcess;
  readonly #removeFolder: () => void;
  readonly #abandon: () => void;
  readonly #endWatch: () => void;
  #log = '';

  constructor(folder: string, port: number, { tls, roomMb }: MariaDbOptions, removeFolder: () => void) {
    this.port = port;
    this.certificate = tls === undefined ? undefined : join(folder, 'ca.pem');
    this.#removeFolder = removeFolder;
    const options = [
      '--no-defaults',
      `--datadir=${join(folder, 'data')}`,
      `--init-file=${join(folder, 'users.sql')}`,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--bind-address=${HOST}`,
      `--port=${port}`,
      ...(tls === undefined ? [] : tlsOptions(folder)),
      ...roomOptions(roomMb),
      ...(tls === 'demanded' ? ['--require-secure-transport=ON'] : []),
      ...runAs(),
      ...SERVER_OPTIONS,
    ];
    this.#child = spawn('mariadbd', options, { stdio: ['ignore', 'ignore', 'pipe'], env: environment() });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    this.#child.on('error', (error) => {
      this.#log += `${error.message}\n`;
    });
    this.#abandon = () => {
      this.#child.kill('SIGKILL');
      removeFolder();
    };
    process.once('exit', this.#abandon);
    this.#endWatch = endWithParent(this.#child);
  }

  log(): string {
    return this.#log;
  }

  jdbc(database: string): string {
    const query = `user=${encodeURIComponent(USER)}&password=${encodeURIComponent(PASSWORD)}`;
    return `jdbc:mysql://${HOST}:${this.port}/${database}?${query}`;
  }

  async create(database: string): Promise<string> {
    const connection = await createConnection({
      host: HOST,
      port: this.port,
      user: USER,
      password: PASSWORD,
      ...(this.certificate !== undefined && { ssl: { rejectUnauthorized: false } }),
    });
    try {
      await connection.query('CREATE DATABASE ??', [database]);
    } finally {
      await connection.end();
    }
    return this.jdbc(database);
  }

  /** Waits until it answers; false when it ended first, or takes too long. */
  async isReady(): Promise<boolean> {
    for (const deadline = performance.now() + READY_WITHIN_MS; performance.now() < deadline; await sleep(50)) {
      if (this.#hasEnded()) return false;
      if (this.#log.includes('ready for connections')) return true;
    }
    return false;
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.end(signal);
    this.#removeFolder();
  }

  /** Ends the process, and leaves the folder. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    process.off('exit', this.#abandon);
    this.#endWatch();
    if (this.#hasEnded()) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await ended;
    clearTimeout(insist);
  }

  #hasEnded(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
