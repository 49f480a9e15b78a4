/**
 * Starts a ZooKeeper for tests and development: Debian's package with a folder of its own, on a port of 127.0.0.1. With
 * `TEST_SERVICES=docker` it runs the official image instead. The server and its folder are removed even when its starter is
 * killed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetUpError } from '../shared/errors.ts';
import { installCommand } from './debian.ts';
import { endWithParent } from './end-with-parent.ts';
import { freePort } from './ports.ts';

export interface ZooKeeper {
  /** `127.0.0.1:port` */
  readonly hosts: string;
  readonly port: number;
  /** Returns the server's log so far. */
  log(): string;
  stop(): Promise<void>;
}

export interface ZooKeeperOptions {
  /** A session lasts between 2 and 20 ticks. */
  readonly tickMs?: number;
  /** The longest time-out of a session, whatever the client asks for. */
  readonly maxSessionMs?: number;
}

/** The files of `/usr/share/java` that the server needs. With only these it starts in less than a second. */
const JARS = ['zookeeper', 'zookeeper-jute', 'slf4j-api', 'slf4j-simple', 'netty-all', 'metrics-core', 'snappy-java'];
const JAVA_OPTIONS = ['-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const PACKAGES = ['zookeeper', 'default-jre-headless'];
const READY_WITHIN_MS = 20_000;
const STOPPED_WITHIN_MS = 5_000;

export async function startZooKeeper(options: ZooKeeperOptions = {}): Promise<ZooKeeper> {
  const start = process.env.TEST_SERVICES === 'docker' ? startInDocker : startFromPackage;
  for (let attempt = 1; ; attempt++) {
    const server = await start(options);
    if (await answersRuok(server)) return server;
    const log = server.log();
    await server.stop();
    // Another process may have taken the port after it was found free.
    if (attempt === 3 || !log.includes('BindException')) {
      throw new SetUpError(
        `ZooKeeper did not start (it comes with: sudo ${installCommand(PACKAGES)}):\n${log.slice(-2_000)}`,
      );
    }
  }
}

async function startFromPackage({ tickMs = 200, maxSessionMs = 20 * tickMs }: ZooKeeperOptions): Promise<ZooKeeper> {
  const folder = mkdtempSync(join(tmpdir(), 'zookeeper-'));
  const port = await freePort();
  const settings = [
    `tickTime=${tickMs}`,
    `maxSessionTimeout=${maxSessionMs}`,
    `dataDir=${join(folder, 'data')}`,
    `clientPort=${port}`,
    'clientPortAddress=127.0.0.1',
    'admin.enableServer=false',
    '4lw.commands.whitelist=ruok',
  ];
  writeFileSync(join(folder, 'zoo.cfg'), `${settings.join('\n')}\n`);
  const classPath = JARS.map((jar) => `/usr/share/java/${jar}.jar`).join(':');
  const main = 'org.apache.zookeeper.server.ZooKeeperServerMain';
  const server = spawn('java', [...JAVA_OPTIONS, '-cp', classPath, main, join(folder, 'zoo.cfg')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  server.on('error', (error) => {
    log += `${error.message}\n`;
  });
  const abandon = () => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', abandon);
  const endWatch = endWithParent(server, folder);
  const stop = async () => {
    process.off('exit', abandon);
    await end(server);
    endWatch();
    rmSync(folder, { recursive: true, force: true });
  };
  return { hosts: `127.0.0.1:${port}`, port, log: () => log, stop };
}

async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  const insist = setTimeout(() => server.kill('SIGKILL'), STOPPED_WITHIN_MS);
  await ended;
  clearTimeout(insist);
}

async function startInDocker({ tickMs = 200, maxSessionMs = 20 * tickMs }: ZooKeeperOptions): Promise<ZooKeeper> {
  const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();
  const settings = [`ZOO_TICK_TIME=${tickMs}`, `ZOO_CFG_EXTRA=maxSessionTimeout=${maxSessionMs}`];
  const environment = [...settings, 'ZOO_4LW_COMMANDS_WHITELIST=ruok'].flatMap((variable) => ['-e', variable]);
  const id = docker('run', '--detach', '--rm', '--publish', '127.0.0.1::2181', ...environment, 'zookeeper:3.8');
  const port = Number(/:(\d+)$/m.exec(docker('port', id, '2181'))?.[1]);
  const abandon = () => docker('rm', '--force', id);
  process.once('exit', abandon);
  const stop = async () => {
    process.off('exit', abandon);
    abandon();
  };
  return { hosts: `127.0.0.1:${port}`, port, log: () => docker('logs', id), stop };
}

async function answersRuok({ port }: ZooKeeper): Promise<boolean> {
  for (const deadline = performance.now() + READY_WITHIN_MS; performance.now() < deadline; await sleep(50)) {
    if ((await fourLetters(port, 'ruok')) === 'imok') return true;
  }
  return false;
}

/** Returns the answer to one of ZooKeeper's four-letter commands; empty when there is none. */
async function fourLetters(port: number, command: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(port, '127.0.0.1', () => socket.write(command));
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  socket.setTimeout(1_000, () => socket.destroy());
  socket.on('error', () => socket.destroy()); // While the server starts, connections are refused, and the answer stays empty.
  socket.on('close', () => resolve(answer));
  return promise;
}
