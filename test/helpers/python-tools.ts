/**
 * The Python programs that tests use: cfn-lint, which checks templates, moto, the second emulator, and the libraries with which
 * others read our files: numpy, faiss and DuckDB.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type PythonPackages, virtualEnvironment } from '../../localstack/python.ts';

const TOOLS: PythonPackages = {
  title: 'cfn-lint and moto',
  requirements: fileURLToPath(new URL('../second-emulator/requirements.txt', import.meta.url)),
  folder: 'tools-venv',
  effort: 'half a minute, 290 MB',
};

const READERS: PythonPackages = {
  title: 'numpy, faiss and DuckDB',
  requirements: fileURLToPath(new URL('../readers/requirements.txt', import.meta.url)),
  folder: 'readers-venv',
  effort: 'a quarter of a minute, 230 MB',
};

/** Returns the Python that has the tools; installs it the first time in a clone. @throws SetUpError as `virtualEnvironment` */
export const toolsPython = (): Promise<string> => virtualEnvironment(TOOLS);

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of the tools and waits for its end.
 *
 * @param args what follows `python`
 * @param cwd the program's folder, where it looks for its configuration
 */
export const runTool = async (args: readonly string[], cwd: string): Promise<Ended> =>
  run(await toolsPython(), args, cwd);

/** Returns the Python that has numpy, faiss and DuckDB, as `toolsPython`. */
export const readersPython = (): Promise<string> => virtualEnvironment(READERS);

/**
 * Runs a Python program that imports numpy, faiss or duckdb, and returns what it prints, parsed as JSON.
 *
 * @param program its text
 * @param args its arguments, `sys.argv[1:]`
 * @throws Error with the program's messages when it fails
 */
export async function readInPython(program: string, args: readonly string[], cwd: string): Promise<unknown> {
  const { status, stdout, stderr } = await run(await readersPython(), ['-c', program, ...args], cwd);
  if (status !== 0) throw new Error(`python ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

async function run(python: string, args: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(python, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}
