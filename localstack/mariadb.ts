/**
 * Starts a MySQL server for tests and development: MariaDB from Debian's packages, as a process of this machine.
 *
 *   const database = await startMariaDb();
 *   await database.create('shop');
 *   … --set jdbc="$(database.jdbc('shop'))"
 *   await database.stop();
 *
 * The server listens on 127.0.0.1 only and keeps its data in a folder of its own. It has one user, who needs the password. Any
 * number of servers may run at once. A server is ready in 1–3 s.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { defined } from '../shared/defined.ts';
import { SetUpError } from '../shared/errors.ts';
import { installCommand } from './debian.ts';
import { endWithParent } from './end-with-parent.ts';
import { freePort } from './ports.ts';
import { pathWithServers } from './services.ts';

export interface MariaDbOptions {
  /** Folder for its files, kept after `stop`, so that a second server may use it. Default: a temporary folder. */
  readonly folder?: string;
  /** TCP port on 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /**
   * `offered`: offers TLS with a certificate for `TLS_HOST`. `demanded`: also refuses connections without TLS. Default: no
   * TLS.
   */
  readonly tls?: 'offered' | 'demanded';
  /** Space for all tables, MiB; at least 12. Default: as much as the disk has. */
  readonly roomMb?: number;
}

/** The name in the server's certificate. It has no address, so tests bring a resolver. */
export const TLS_HOST = 'database.test';

export interface MariaDb {
  readonly host: string;
  readonly port: number;
  /** The user, who has all rights over TCP with the password. */
  readonly user: string;
  readonly password: string;
  /** The file of the certificate authority that signed the server's certificate; undefined without TLS. */
  readonly certificate: string | undefined;
  /** Creates an empty database and returns its address. */
  create(database: string): Promise<string>;
  /** `jdbc:mysql://127.0.0.1:<port>/<database>?user=…&password=…` */
  jdbc(database: string): string;
  /** Returns the server's log so far. */
  log(): string;
  /** Ends the server; `SIGKILL` ends it as a crash would. Removes the temporary folder. May be called twice. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const HOST = '127.0.0.1';
const USER = 'offline';
/** It has characters that an address must escape, so that a test fails when they are not escaped. */
const PASSWORD = 'p&ss w=rd%+ü';
const PACKAGES = ['mariadb-server-core', 'mariadb-client-core'];
const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 10_000;
const PORT_ATTEMPTS = 3;
/** Options for small memory and no waits for the disk, because the data need not survive a power failure. */
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
      // Another process may have taken the port after it was found free.
      const mayRetry = options.port === undefined && attempt < PORT_ATTEMPTS && log.includes('Address already in use');
      if (!mayRetry) throw new SetUpError(`MariaDB did not start on port ${server.port}:\n${log.slice(-2_000)}`);
    }
  } catch (error) {
    removeFolder();
    throw error;
  }
}

/** Makes the server's system tables, unless the folder has them. */
async function installTables(folder: string, { roomMb }: MariaDbOptions): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const options = [
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    ...runAs(),
    ...SERVER_OPTIONS,
    ...roomOptions(roomMb),
  ];
  // Root has no password, so it is not reachable over TCP.
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

/** Makes a certificate authority, `ca.pem`, and the server's certificate, which the authority signs. */
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

/** The server runs as root only with this option. */
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

/** Options that keep all tables in one file of a fixed size. */
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
    const connection = await createConnection(
      defined({
        host: HOST,
        port: this.port,
        user: USER,
        password: PASSWORD,
        ssl: this.certificate !== undefined ? { rejectUnauthorized: false } : undefined,
      }),
    );
    try {
      await connection.query('CREATE DATABASE ??', [database]);
    } finally {
      await connection.end();
    }
    return this.jdbc(database);
  }

  /** Waits until the server answers. Resolves to false when it ends first, or takes too long. */
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

  /** Ends the process, and keeps the folder. */
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
