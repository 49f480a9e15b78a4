/** The host-process mode: LocalStack as a process of this machine, Lambda functions as Node processes, no Docker. */
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
/** SIGTERM ends it within a few hundred milliseconds; after this it gets SIGKILL. */
const STOP_TIMEOUT_MS = 10_000;
const PORT_ATTEMPTS = 3;
const LOG_LINES_TOLD = 30;
/** What LocalStack prints once its port is open: tells its own listener from another's on the same port. */
const READY_LINE = /^Ready\.$/m;

/** @throws SetUpError as `startEmulator` */
export async function startHostProcess(options: EmulatorOptions): Promise<Emulator> {
  if (options.port !== undefined && !(await isFree(options.port))) {
    throw new SetUpError(`Port ${options.port} of 127.0.0.1 is taken: free it, or start the emulator on another`);
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
      // A group of its own: Ctrl-C in a terminal reaches the starter, which then stops it in order. The pipe is never
      // written to: when this process dies, LocalStack sees it close, and ends too.
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

  /** Whether it ended because another process took the port first. */
  lostItsPort(): boolean {
    return this.#exit !== undefined && /address already in use/i.test(this.#log());
  }

  async stop(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && this.#exit === undefined) {
      this.#child.kill('SIGTERM');
      if (!(await this.#endsWithin(STOP_TIMEOUT_MS))) {
        // Function processes see their connection close, and end by themselves.
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
    // Told to end by somebody else, it has removed its temporary folder, and the log with it.
    return existsSync(this.logPath) ? readFileSync(this.logPath, 'utf8') : '';
  }

  /** Copies the log of a temporary folder to a place beside it, because the folder goes. */
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

/** Nothing of the caller's environment but the PATH: no AWS profile, no proxy and no home folder plays a part. */
function processEnv(stateDir: string, port: number, runtime: string, isTemporary: boolean): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: stateDir,
    TMPDIR: join(stateDir, 'tmp'),
    FILESYSTEM_ROOT: join(stateDir, 'filesystem'),
    // Where the list of plug-ins is cached, by time of change only: a cache that outlives the run may be out of date.
    XDG_CACHE_HOME: join(stateDir, 'cache'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_HOST: `127.0.0.1:${port}`,
    SQS_ENDPOINT_STRATEGY: 'path',
    LAMBDA_RUNTIME_EXECUTOR: 'node-process',
    // Idle processes hold about 60 MB each: seconds are enough to find one warm within a run.
    LAMBDA_KEEPALIVE_MS: '30000',
    // Loading a function takes half a second, but many may load at once while tests run beside them.
    LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT: '60',
    // A function is active some 100 ms after it was made; CloudFormation asks five times at once, then once a second.
    CFN_NO_WAIT_ITERATIONS: '100',
    // Nothing is asked of the internet: no usage events, no certificate download, no DNS server.
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

/** Done once here, it saves every cold start 40 ms of taking off types by Node itself. */
function withoutTypes(file: string): string {
  return transformSync(readFileSync(file, 'utf8'), { loader: 'ts', format: 'esm', target: 'node24' }).code;
}
