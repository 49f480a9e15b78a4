/** Runs the command line as a user does: another process, its answer as JSON. */
import { spawn } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { RunSummary } from '../../cli/local/run-job.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

export interface Ended {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OfflineOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** A module that is loaded first, in every thread. */
  readonly preload?: string;
  /** Called with the process, for those who mean to kill it. */
  readonly onStart?: (pid: number) => void;
}

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

/** The summary of a run that must succeed. */
export async function offlineSummary(args: readonly string[], options: OfflineOptions = {}): Promise<RunSummary> {
  const ended = await offline([...args, '--json'], options);
  if (ended.status !== 0) throw new Error(`offline ${args.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
  return JSON.parse(ended.stdout) as RunSummary;
}
