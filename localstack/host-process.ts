/** The host-process mode: LocalStack runs as a process of this machine, and Lambda functions run as Node processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { SetUpError } from '../shared/errors.ts';
import { connectionEnv, isHealthy } from './connection.ts';
import type { Emulator, EmulatorOptions } from './emulator.ts';
import { freePort, isFree } from './ports.ts';
import { virtualEnvironment } from './python.ts';

const RUN_SCRIPT = fileURLToPath(new URL('host/run.py', import.meta.url));
const FUNCTION_RUNTIME = fileURLToPath(new URL('host/function-runtime.ts', import.meta.url));

const START_TIMEOUT_MS = 120_000;
const HEALTH_INTERVAL_MS = 100;
/** SIGTERM ends LocalStack within a few hundred milliseconds. After this time it gets SIGKILL. */
const STOP_TIMEOUT_MS = 10_000;
const PORT_ATTEMPTS = 3;
const LOG_LINES_TOLD = 30;
/** The line that LocalStack prints when its port is open. It shows that no other process listens on the port. */
const READY_LINE = /^Ready\.$/m;

/** @throws SetUpError as `startEmulator` */
export async function startHostProcess(options: EmulatorOptions): Promise<Emulator> {
  if (options.port !== undefined && !(await isFree(options.port))) {
    throw new SetUpError(`Port ${options.port} of 127.0.0.1 is taken: free it, or start the emulator on another port`);
  }
  const python = await virtualEnvironment();
  for (let attempt = 1; ; attempt++) {
    const hostProcess = new HostProcess(python, options.port ?? (await freePort()), options.stateDir);
    try {
      await hostProcess.waitUntilHealthy();
      return hostProcess;
    } catch (error) {
      const isLast = options.port !== undefined || attempt === PORT_ATTEMPTS || !hostProcess.lostItsPort();
      if (isLast) hostProcess.saveLog();
      await hostProcess.stop();
      if (isLast) throw error;
    }
  }
}

class HostProcess implements Emulator {
  readonly mode = 'host';
  readonly endpoint: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly #stateDir: string;
  readonly #isTemporary: boolean;
  readonly #child: ChildProcess;
  #exit: string | undefined;

  constructor(python: string, port: number, stateDir: string | undefined) {
    this.endpoint = `http://127.0.0.1:${port}`;
    this.env = connectionEnv(this.endpoint);
    this.#isTemporary = stateDir === undefined;
    this.#stateDir = stateDir === undefined ? mkdtempSync(join(tmpdir(), 'emulator-')) : resolve(stateDir);
    this.logPath = join(this.#stateDir, 'localstack.log');
    mkdirSync(join(this.#stateDir, 'tmp'), { recursive: true });
    const runtime = join(this.#stateDir, 'function-runtime.mjs');
    writeFileSync(runtime, withoutTypes(FUNCTION_RUNTIME));
    const log = openSync(this.logPath, 'w');
    this.#child = spawn(python, [RUN_SCRIPT, this.#stateDir], {
      cwd: this.#stateDir,
      env: processEnv(this.#stateDir, port, runtime, this.#isTemporary),
      // In a process group of its own, LocalStack gets no Ctrl-C from a terminal: the starter gets it, and stops LocalStack.
      // Nothing is written to the pipe. When this process ends, LocalStack sees the pipe close, and ends too.
      detached: true,
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    this.#child.once('error', (error) => {
      this.#exit = error.message;
    });
    this.#child.once('exit', (code, signal) => {
      this.#exit = signal === null ? `exit status ${code}` : `signal ${signal}`;
    });
  }

  async waitUntilHealthy(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(READY_LINE.test(this.#log()) && (await isHealthy(this.endpoint)))) {
      if (this.#exit !== undefined) throw this.#failure(`ended before it was ready (${this.#exit})`);
      if (Date.now() > deadline) throw this.#failure(`was not ready within ${START_TIMEOUT_MS / 1000} s`);
      await sleep(HEALTH_INTERVAL_MS);
    }
  }

  /** True when it ended because another process took the port first. */
  lostItsPort(): boolean {
    return this.#exit !== undefined && /address already in use/i.test(this.#log());
  }

  async stop(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && this.#exit === undefined) {
      this.#child.kill('SIGTERM');
      if (!(await this.#endsWithin(STOP_TIMEOUT_MS))) {
        // The function processes see their connections close, and end.
        process.kill(-pid, 'SIGKILL');
        await this.#endsWithin(STOP_TIMEOUT_MS);
      }
    }
    this.#child.stdin?.destroy();
    if (this.#isTemporary) rmSync(this.#stateDir, { recursive: true, force: true });
  }

  async #endsWithin(ms: number): Promise<boolean> {
    const deadline = Date.now() + ms;
    while (this.#exit === undefined && Date.now() < deadline) await sleep(20);
    return this.#exit !== undefined;
  }

  #log(): string {
    // When another process told LocalStack to end, it has removed its temporary folder with the log.
    return existsSync(this.logPath) ? readFileSync(this.logPath, 'utf8') : '';
  }

  /** Copies the log of a temporary folder to a file beside the folder, because the folder is removed. */
  saveLog(): void {
    if (this.#isTemporary) writeFileSync(this.#savedLogPath, this.#log());
  }

  get #savedLogPath(): string {
    return this.#isTemporary ? `${this.#stateDir}.log` : this.logPath;
  }

  #failure(what: string): SetUpError {
    const end = this.#log().trimEnd().split('\n').slice(-LOG_LINES_TOLD).join('\n');
    return new SetUpError(`LocalStack ${what} on ${this.endpoint}. The end of its log, ${this.#savedLogPath}:\n${end}`);
  }
}

/** Returns LocalStack's environment. Only the PATH is the caller's; no AWS profile, proxy or home folder has an effect. */
function processEnv(stateDir: string, port: number, runtime: string, isTemporary: boolean): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: stateDir,
    TMPDIR: join(stateDir, 'tmp'),
    FILESYSTEM_ROOT: join(stateDir, 'filesystem'),
    // The list of plug-ins is cached here, and renewed by time of change only, so an older cache may be out of date.
    XDG_CACHE_HOME: join(stateDir, 'cache'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_HOST: `127.0.0.1:${port}`,
    SQS_ENDPOINT_STRATEGY: 'path',
    LAMBDA_RUNTIME_EXECUTOR: 'node-process',
    // An idle process holds about 60 MB. A few seconds are enough to keep it for the next invocation of a run.
    LAMBDA_KEEPALIVE_MS: '30000',
    // Loading a function takes half a second, but many may load at once while tests run.
    LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT: '60',
    // A function is active about 100 ms after it was made. CloudFormation asks five times at once, then once a second.
    CFN_NO_WAIT_ITERATIONS: '100',
    // The emulator asks an empty queue again after this time (seconds, on average). AWS hands a message over at once.
    LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC: '0.5',
    // These keep LocalStack off the internet: no usage events, no certificate download, no DNS server.
    DISABLE_EVENTS: '1',
    SKIP_SSL_CERT_DOWNLOAD: '1',
    DNS_ADDRESS: '0',
    FUNCTION_NODE: process.execPath,
    FUNCTION_RUNTIME: runtime,
    FUNCTION_PROCESSES: String(Math.max(4, 2 * availableParallelism())),
    EMULATOR_STATE: stateDir,
    EMULATOR_REMOVE_STATE: isTemporary ? '1' : '0',
  };
}

/** Strips the types once, which saves every cold start the 40 ms that Node needs for it. */
function withoutTypes(file: string): string {
  return transformSync(readFileSync(file, 'utf8'), { loader: 'ts', format: 'esm', target: 'node24' }).code;
}
