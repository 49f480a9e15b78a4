/**
 * An AWS of one's own for tests and development: LocalStack, as a process of this machine or in Docker.
 *
 *   const emulator = await startEmulator();
 *   const s3 = new S3Client({ endpoint: emulator.endpoint, … });      // or give emulator.env to a command
 *   await emulator.stop();
 *
 * All state is in memory and gone after `stop`. Any number of emulators may run at once. See localstack/README.md.
 */
import { SetUpError } from '../shared/errors.ts';
import { mayInstall } from './debian.ts';
import { dockerAnswers, startInDocker } from './docker.ts';
import { startHostProcess } from './host-process.ts';
import { findPython, installedPython } from './python.ts';

export type EmulatorMode = 'host' | 'docker';

export interface EmulatorOptions {
  /** Folder for logs and temporary files, kept after `stop`. Default: a new temporary folder, removed by `stop`. */
  readonly stateDir?: string;
  /** TCP port on 127.0.0.1. Default: a free one. */
  readonly port?: number;
}

export interface Emulator {
  readonly mode: EmulatorMode;
  /** `http://127.0.0.1:<port>`, the same for every service. */
  readonly endpoint: string;
  /** What an AWS client or the CDK needs in its environment: endpoints, test keys, region. */
  readonly env: Readonly<Record<string, string>>;
  /** What LocalStack says; in Docker undefined (`docker compose logs`). */
  readonly logPath?: string;
  /** Ends LocalStack and every function process, frees the port, removes the temporary folder. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts LocalStack and waits until it answers: 2–4 s on 2 cores, a minute more the first time in a clone, when the
 * virtual environment is installed. The mode is `LOCALSTACK` (`host` or `docker`) from the environment; without it
 * host, where a Python is found or may be installed, else Docker.
 *
 * @throws SetUpError when neither mode can be had (within 5 s; names the command to install one), or when LocalStack
 * ends early or does not answer (holds the end of its log)
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  return chooseMode() === 'docker' ? startInDocker(options) : startHostProcess(options);
}

function chooseMode(): EmulatorMode {
  const wanted = process.env.LOCALSTACK ?? '';
  if (wanted === 'host' || wanted === 'docker') return wanted;
  if (wanted !== '') throw new SetUpError(`LOCALSTACK=${wanted}: expected 'host' or 'docker', or nothing`);
  const canHost = installedPython() !== undefined || findPython() !== undefined || mayInstall();
  // Where neither can be, host mode names what to install.
  return canHost || !dockerAnswers() ? 'host' : 'docker';
}
