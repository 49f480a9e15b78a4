/** The Python programs that tests use: cfn-lint, which checks templates, and moto, the second emulator. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type PythonPackages, virtualEnvironment } from '../../localstack/python.ts';

const TOOLS: PythonPackages = {
  title: 'cfn-lint and moto',
  requirements: fileURLToPath(new URL('../second-emulator/requirements.txt', import.meta.url)),
  folder: 'tools-venv',
  effort: 'half a minute, 290 MB',
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
export async function runTool(args: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(await toolsPython(), args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
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
