/**
 * Measures contenders in child processes, in turns (A B A B …), and takes the median of their rounds.
 *
 * CPU seconds count, user and system together, because wall time says little on a shared machine. A child prints its figures
 * as one JSON value in the last line of its output.
 */
import { spawn } from 'node:child_process';
import { endWithParent } from '../../localstack/end-with-parent.ts';
import { CHILDREN, PEERS, PROJECT } from './places.ts';

export interface Measurement {
  readonly cpuSeconds: number;
  /** The wall time. */
  readonly seconds: number;
  /** The peak memory of the whole process in MiB. */
  readonly peakMemoryMb: number;
}

/** The figures of a contender over all rounds. */
export interface Measured {
  readonly cpuSeconds: number;
  readonly lowestCpuSeconds: number;
  readonly highestCpuSeconds: number;
  readonly seconds: number;
  readonly peakMemoryMb: number;
}

/** The reason why a contender did not run. */
export interface Failed {
  readonly failed: string;
}
export type Outcome = Measured | Failed;

export const ROUNDS = 3;

/** Runs the contenders in turns. A contender that fails does not run again, and its error replaces its figures. */
export async function inTurns<Name extends string>(
  contenders: Readonly<Record<Name, () => Promise<Measurement>>>,
  rounds: number = ROUNDS,
): Promise<Record<Name, Outcome>> {
  const names = Object.keys(contenders) as Name[];
  const measured = new Map<Name, Measurement[]>(names.map((name) => [name, []]));
  const failed = new Map<Name, Failed>();
  for (let round = 1; round <= rounds; round++) {
    for (const name of names.filter((candidate) => !failed.has(candidate))) {
      try {
        const one = await contenders[name]();
        measured.get(name)?.push(one);
        const memory = one.peakMemoryMb.toFixed(0);
        process.stderr.write(
          `bench: round ${round}, ${name}: ${one.cpuSeconds.toFixed(2)} s CPU, ${one.seconds.toFixed(2)} s, ${memory} MiB\n`,
        );
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        process.stderr.write(`bench: ${name} could not be run: ${reason}\n`);
        failed.set(name, { failed: reason });
      }
    }
  }
  const outcomes = names.map((name) => [name, failed.get(name) ?? summarised(measured.get(name)!)]);
  return Object.fromEntries(outcomes) as Record<Name, Outcome>;
}

function summarised(rounds: readonly Measurement[]): Measured {
  const cpu = rounds.map(({ cpuSeconds }) => cpuSeconds);
  return {
    cpuSeconds: median(cpu),
    lowestCpuSeconds: Math.min(...cpu),
    highestCpuSeconds: Math.max(...cpu),
    seconds: median(rounds.map(({ seconds }) => seconds)),
    peakMemoryMb: Math.max(...rounds.map(({ peakMemoryMb }) => peakMemoryMb)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Measures work within a child. The peak memory is that of the whole process until now. */
export async function timed(work: () => void | Promise<void>): Promise<Measurement> {
  const started = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1000;
  return { cpuSeconds: (user + system) / 1e6, seconds, peakMemoryMb: process.resourceUsage().maxRSS / 1024 };
}

/**
 * Runs `children/<name>.ts` with the argument as JSON and resolves to the value that it prints.
 * @param options options of Node
 */
export const runNode = <Result>(name: string, argument: object, options: readonly string[] = []): Promise<Result> =>
  runChild<Result>(process.execPath, [...options, `${CHILDREN}${name}.ts`, JSON.stringify(argument)]);

/** Runs `peers/<name>.py` with the argument as JSON and resolves to the value that it prints. */
export const runPython = <Result>(python: string, name: string, argument: object): Promise<Result> =>
  runChild<Result>(python, [`${PEERS}${name}.py`, JSON.stringify(argument)]);

/** The settings that limit libraries of linear algebra to one thread. By default they use all cores. */
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** Resolves to the JSON value in the last line of the output. @throws Error with the end of the child's stderr when it fails */
export async function runChild<Result>(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const child = spawn(command, args, {
    cwd: PROJECT,
    env: { ...process.env, ...ONE_THREAD, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const endWatch = endWithParent(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  endWatch();
  if (status === 0) return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Result;
  const lastWords = stderr.trimEnd().split('\n').slice(-3).join(' ');
  throw new Error(
    `${args.find((arg) => !arg.startsWith('-'))?.replace(PROJECT, '')} ended with ${status}: ${lastWords}`,
  );
}
