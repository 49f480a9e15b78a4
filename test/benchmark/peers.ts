/** The peers: a virtual environment in `.bench/`, which is installed again when `peers/requirements*.txt` change. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { findPython } from '../../localstack/python.ts';
import type { Failed } from './measure.ts';
import { BENCH, PEERS } from './places.ts';

const VENV = `${BENCH}venv`;
const REQUIREMENTS = `${PEERS}requirements.txt`;
const COMPILED = `${PEERS}requirements-compiled.txt`;
const SPARK = `${PEERS}requirements-spark.txt`;
/** The oldest Java that the pinned Spark runs on. */
const OLDEST_JAVA = 17;

export type Peer = { readonly python: string } | Failed;

/** Returns a Python that has the peers, or the reason why there is none. The benchmark then reports the reason and goes on. */
export function peerPython(): Peer {
  const python = `${VENV}/bin/python`;
  const stamp = `${VENV}/complete`;
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(readFileSync(COMPILED)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { python };

  const command = findPython();
  if (command === undefined) return { failed: 'no Python 3.11 to 3.13 with its venv module was found' };
  process.stderr.write('bench: installing the peers from PyPI into .bench/venv\n');
  rmSync(VENV, { recursive: true, force: true });
  const steps = [
    [command, '-m', 'venv', VENV],
    [python, '-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '--requirement', REQUIREMENTS],
  ] as const;
  for (const [program, ...args] of steps) {
    const done = spawnSync(program, args, { encoding: 'utf8' });
    if (done.status === 0) continue;
    const words = (done.error?.message ?? done.stderr).trim().split('\n').at(-1);
    return { failed: `'${program} ${args.join(' ')}' failed: ${words}` };
  }
  const compiled = spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--requirement', COMPILED], {
    encoding: 'utf8',
  });
  if (compiled.status !== 0) {
    process.stderr.write(
      `bench: peers that must be compiled are left out: ${compiled.stderr.trim().split('\n').at(-1)}\n`,
    );
  }
  writeFileSync(stamp, wanted);
  return { python };
}

/** Returns a Python that also has Spark, which is half a gigabyte and is installed only for the sections that need it. */
export function sparkPython(): Peer {
  const peer = peerPython();
  if ('failed' in peer) return peer;
  const java = javaVersion();
  if (java === undefined) return { failed: `no java was found: Spark needs Java ${OLDEST_JAVA} or newer` };
  if (java < OLDEST_JAVA) return { failed: `java is version ${java}: Spark needs ${OLDEST_JAVA} or newer` };
  const stamp = `${VENV}/spark-complete`;
  const wanted = readFileSync(SPARK, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return peer;
  process.stderr.write('bench: installing Spark from PyPI into .bench/venv\n');
  const done = spawnSync(peer.python, ['-m', 'pip', 'install', '--quiet', '--requirement', SPARK], {
    encoding: 'utf8',
  });
  if (done.status !== 0) {
    return { failed: `Spark could not be installed: ${done.stderr.trim().split('\n').at(-1)}` };
  }
  writeFileSync(stamp, wanted);
  return peer;
}

/** Returns the major version of the `java` that Spark would start, by JAVA_HOME or PATH. */
function javaVersion(): number | undefined {
  const { JAVA_HOME } = process.env;
  const { stderr } = spawnSync(JAVA_HOME ? `${JAVA_HOME}/bin/java` : 'java', ['-version'], { encoding: 'utf8' });
  const major = /version "(\d+)/.exec(stderr ?? '')?.[1];
  return major === undefined ? undefined : Number(major);
}

/** Returns the versions of the peers, which the requirements pin. */
export function peerVersions(): string {
  const text = [REQUIREMENTS, COMPILED, SPARK].map((path) => readFileSync(path, 'utf8')).join('');
  const pins = text.match(/^(implicit|gensim|orjson|numpy|scipy|pyfim|pyspark)==.*$/gm) ?? [];
  return pins.map((pin) => pin.replace('==', ' ')).join(', ');
}

export function pythonVersion(python: string): string {
  return execFileSync(python, ['--version'], { encoding: 'utf8' }).trim();
}
