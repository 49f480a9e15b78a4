/** The Docker mode: the pinned image of compose.yaml, in a Compose project for each emulator. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SetUpError } from '../shared/errors.ts';
import { connectionEnv } from './connection.ts';
import type { Emulator, EmulatorOptions } from './emulator.ts';
import { freePort } from './ports.ts';

const COMPOSE_FILE = fileURLToPath(new URL('compose.yaml', import.meta.url));
const DAEMON_TIMEOUT_MS = 3_000;

/** True when a Docker daemon answers the command line. */
export function dockerAnswers(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore', timeout: DAEMON_TIMEOUT_MS }).status === 0;
}

/** @throws SetUpError when no daemon answers, or with Compose's output when the service does not become healthy */
export async function startInDocker(options: EmulatorOptions): Promise<Emulator> {
  if (!dockerAnswers()) {
    throw new SetUpError(
      "LOCALSTACK=docker runs the AWS emulator in Docker, but 'docker info' fails: start Docker, or unset LOCALSTACK",
    );
  }
  const port = options.port ?? (await freePort());
  const project = `emulator-${port}`;
  const compose = (...args: string[]) => {
    const command = ['compose', '--file', COMPOSE_FILE, '--project-name', project, ...args];
    const env = { ...process.env, LOCALSTACK_PORT: String(port) };
    const done = spawnSync('docker', command, { env, encoding: 'utf8' });
    if (done.status === 0) return;
    throw new SetUpError(`'docker ${command.join(' ')}' failed:\n${done.error?.message ?? done.stderr}`);
  };
  const stop = async () => compose('down', '--volumes', '--remove-orphans');
  try {
    compose('up', '--detach', '--wait', 'localstack');
  } catch (error) {
    await stop();
    throw error;
  }
  const endpoint = `http://127.0.0.1:${port}`;
  return { mode: 'docker', endpoint, env: connectionEnv(endpoint), stop };
}
