/**
 * Starts an AWS for tests and development: LocalStack, as a process of this machine or in Docker.
 *
 *   const emulator = await startEmulator();
 *   const s3 = new S3Client({ endpoint: emulator.endpoint, … });      // or give emulator.env to a command
 *   await emulator.stop();
 *
 * All state is in memory and is gone after `stop`. Any number of emulators may run at once. See localstack/README.md.
 */
import { SetUpError } from '../shared/errors.ts';
import { mayInstall } from './debian.ts';
import { dockerAnswers, startInDocker } from './docker.ts';
import type { Emulator, EmulatorMode, EmulatorOptions } from './emulator.ts';
import { startHostProcess } from './host-process.ts';
import { findPython, installedPython } from './python.ts';

/**
 * Starts LocalStack and waits until it answers. This takes 2–4 s on 2 cores, and a minute more the first time in a clone,
 * when the virtual environment is installed. The environment variable `LOCALSTACK` (`host` or `docker`) chooses the mode.
 * Without it the mode is host when a Python is found or may be installed, else Docker.
 *
 * @throws SetUpError when neither mode is possible (within 5 s; names the command that makes one possible), or when
 * LocalStack ends early or does not answer (holds the end of its log)
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  return chooseMode() === 'docker' ? startInDocker(options) : startHostProcess(options);
}

function chooseMode(): EmulatorMode {
  const wanted = process.env.LOCALSTACK ?? '';
  if (wanted === 'host' || wanted === 'docker') return wanted;
  if (wanted !== '') throw new SetUpError(`LOCALSTACK=${wanted}: expected 'host' or 'docker', or nothing`);
  const canHost = installedPython() !== undefined || findPython() !== undefined || mayInstall();
  // When neither mode is possible, starting in host mode fails with the command that installs what is missing.
  return canHost || !dockerAnswers() ? 'host' : 'docker';
}
