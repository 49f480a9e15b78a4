/** Runs the command line in a process of its own, as a user does. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { RunSummary } from '../../cli/local/run-job.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

export interface Ended {
  /** The exit code; null when a signal ended the process. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OfflineOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** The path of a module that is loaded first, in every thread. */
  readonly preload?: string;
  /** Called with the process id, for tests that kill the process. */
  readonly onStart?: (pid: number) => void;
}

/** Runs `offline` with these arguments until it ends. */
export function offline(args: readonly string[], options: OfflineOptions = {}): Promise<Ended> {
  const preload = options.preload === undefined ? [] : ['--import', pathToFileURL(options.preload).href];
  const child = spawn(process.execPath, [...preload, `${project}cli/main.mjs`, ...args], {
    cwd: options.cwd ?? project,
    env: { ...process.env, INIT_CWD: options.cwd ?? project, ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (options.input !== undefined) child.stdin?.end(options.input);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
  options.onStart?.(child.pid as number);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}

/** Runs `offline` with `--json` and resolves to the run's summary. @throws Error when the run does not end with 0 */
export async function offlineSummary(args: readonly string[], options: OfflineOptions = {}): Promise<RunSummary> {
  const ended = await offline([...args, '--json'], options);
  if (ended.status !== 0) throw new Error(`offline ${args.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
  return JSON.parse(ended.stdout) as RunSummary;
}

/** Returns the arguments `--set key=value` for each setting. */
export function setFlags(settings: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}

const KILLER = fileURLToPath(new URL('./kill-after-write.mjs', import.meta.url));

/** Runs `offline` and kills it with SIGKILL after so many writes to the disk; `writes` is the number that it made. */
export async function offlineKilledAfter(
  writes: number,
  args: readonly string[],
): Promise<Ended & { readonly writes: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'killed-'));
  const counter = join(folder, 'counter');
  writeFileSync(counter, '');
  try {
    const ended = await offline(args, {
      preload: KILLER,
      env: { KILL_AFTER: String(writes), KILL_COUNTER: counter },
    });
    return { ...ended, writes: statSync(counter).size };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
