/** The emulator without the pipeline: S3, functions and state machines behave as the other integration tests need. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '../../localstack/emulator.ts';
import { isFree } from '../../localstack/ports.ts';
import { findPython } from '../../localstack/python.ts';
import { startEmulator } from '../../localstack/start-emulator.ts';
import {
  clientOptions,
  deployFunction,
  deployStateMachine,
  execute,
  functionLogs,
  invoke,
  processesNaming,
  until,
} from '../helpers/localstack.ts';

/** A handler that does as its event says and answers with its process id. Only the first `mkdirSync` of a path succeeds. */
const SOURCE = `
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export const handler = async (event) => {
  console.log('event', JSON.stringify(event));
  if (event.throw) throw Object.assign(new Error('thrown by the test'), { name: event.throw });
  if (event.rejectLater) { Promise.reject(new Error('rejected by the test')); await sleep(5_000); }
  if (event.killOnce) {
    let isFirst = true;
    try { mkdirSync(event.killOnce); } catch { isFirst = false; }
    if (isFirst) process.kill(process.pid, 'SIGKILL');
  }
  if (event.sleepMs) await sleep(event.sleepMs);
  if (event.spinMs) for (const end = Date.now() + event.spinMs; Date.now() < end; );
  return { pid: process.pid, node: process.versions.node };
};`;

interface Answer {
  readonly pid: number;
  readonly node: string;
}

const INSTALL_TIMEOUT_MS = 600_000;
let emulator: Emulator;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'emulator-test-'));
  emulator = await startEmulator();
  await deployFunction(emulator, { name: 'obey', source: SOURCE });
}, INSTALL_TIMEOUT_MS);

afterAll(async () => {
  await emulator.stop();
  rmSync(scratch, { recursive: true });
});

const stateDirOf = ({ logPath }: Emulator) => dirname(logPath ?? expect.fail('host mode has a log'));
const portOf = ({ endpoint }: Emulator) => Number(new URL(endpoint).port);
const pidOf = (answer: unknown) => (answer as Answer).pid;

describe('S3', () => {
  test('returns an object that was put, and refuses a second put on condition that the object does not exist', async () => {
    const s3 = new S3Client(clientOptions(emulator));
    await s3.send(new CreateBucketCommand({ Bucket: 'things' }));
    const put = new PutObjectCommand({ Bucket: 'things', Key: 'a/b', Body: 'hello', IfNoneMatch: '*' });
    await s3.send(put);
    const got = await s3.send(new GetObjectCommand({ Bucket: 'things', Key: 'a/b' }));
    expect(await got.Body?.transformToString()).toBe('hello');
    await expect(s3.send(put)).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
    s3.destroy();
  });
});

describe('A function', () => {
  test('runs on the Node version of this test, in a process that is used again', async () => {
    const first = (await invoke(emulator, 'obey', {})).answer as Answer;
    const second = (await invoke(emulator, 'obey', {})).answer as Answer;
    expect(first.node).toBe(process.versions.node);
    expect(second.pid).toBe(first.pid);
  });

  test('logs to its log group', async () => {
    await invoke(emulator, 'obey', { mark: 'seen in the log' });
    await until('the line is in the log group', async () => {
      const lines = await functionLogs(emulator, 'obey');
      return lines.some((line) => /\tINFO\tevent \{"mark":"seen in the log"\}/.test(line));
    });
  });

  test('is killed after its timeout, although it never yields', async () => {
    await deployFunction(emulator, { name: 'slow', source: SOURCE, timeout: 1 });
    const warm = pidOf((await invoke(emulator, 'slow', {})).answer);
    const began = performance.now();
    const { errorType } = await invoke(emulator, 'slow', { spinMs: 20_000 });
    expect(errorType).toBe('Sandbox.Timedout');
    // The timeout is 1 s. A busy machine may take longer, but the function would have run for 20 s.
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(() => process.kill(warm, 0)).toThrow('ESRCH');
    expect(pidOf((await invoke(emulator, 'slow', {})).answer)).not.toBe(warm);
  });

  test('fails with Lambda’s error names when it leaves a rejection unhandled, runs out of memory or does not load', async () => {
    expect((await invoke(emulator, 'obey', { rejectLater: true })).errorType).toBe('Runtime.UnhandledPromiseRejection');
    const hoard = 'export const handler = async () => { const all = []; for (;;) all.push(new Array(1e5).fill({})); };';
    await deployFunction(emulator, { name: 'hoard', source: hoard, timeout: 60 });
    expect((await invoke(emulator, 'hoard', {})).errorType).toBe('Runtime.ExitError');
    await deployFunction(emulator, { name: 'unready', source: 'export const other = 1;' });
    expect((await invoke(emulator, 'unready', {})).errorType).toBe('Runtime.HandlerNotFound');
  });

  test('runs in a limited number of processes, however many invocations come at once', async () => {
    await deployFunction(emulator, { name: 'many', source: SOURCE, timeout: 60 });
    const invocations = Array.from({ length: 12 }, () => invoke(emulator, 'many', { sleepMs: 200 }));
    const pids = (await Promise.all(invocations)).map((invoked) => pidOf(invoked.answer));
    const used = new Set(pids).size;
    expect(used).toBeGreaterThan(1);
    expect(used).toBeLessThanOrEqual(Math.max(4, 2 * availableParallelism()));
  });
});

describe('A state machine', () => {
  let machine: string;

  beforeAll(async () => {
    machine = await deployStateMachine(emulator, 'obedient', {
      StartAt: 'Obey',
      States: {
        Obey: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke',
          Parameters: { FunctionName: 'obey', 'Payload.$': '$' },
          ResultPath: '$.result',
          Retry: [{ ErrorEquals: ['Runtime.ExitError'], IntervalSeconds: 1, MaxAttempts: 2, JitterStrategy: 'FULL' }],
          Catch: [{ ErrorEquals: ['PaperJam'], ResultPath: '$.caught', Next: 'Done' }],
          Next: 'Done',
        },
        Done: { Type: 'Pass', Parameters: { 'all.$': '$' }, End: true },
      },
    });
  });

  test('runs to its end', async () => {
    const end = await execute(emulator, machine, {});
    expect(end.status).toBe('SUCCEEDED');
    expect(end.output).toMatchObject({ all: { result: { Payload: { node: process.versions.node } } } });
  });

  test('catches an error by its name, and fails with the name of an error that it does not catch', async () => {
    const caught = await execute(emulator, machine, { throw: 'PaperJam' });
    expect(caught).toMatchObject({ status: 'SUCCEEDED', output: { all: { caught: { Error: 'PaperJam' } } } });
    const failed = await execute(emulator, machine, { throw: 'Fire' });
    expect(failed).toMatchObject({ status: 'FAILED', error: 'Fire' });
  });

  test('retries a function whose process was killed', async () => {
    const marker = join(scratch, 'killed-once');
    const end = await execute(emulator, machine, { killOnce: marker });
    expect(existsSync(marker)).toBe(true);
    expect(end.status).toBe('SUCCEEDED');
    // The function's log shows that the process was killed.
    await until('the end of the process is in the log group', async () => {
      const lines = await functionLogs(emulator, 'obey');
      return lines.some((line) => line.includes('Runtime exited with error: signal: killed'));
    });
  });
});

describe('The emulator', () => {
  test('leaves no process, port or folder when it is stopped, and another emulator goes on', async () => {
    const second = await startEmulator();
    const state = stateDirOf(second);
    await deployFunction(second, { name: 'busy', source: SOURCE, timeout: 60 });
    await invoke(second, 'busy', {});
    const busy = invoke(second, 'busy', { spinMs: 60_000 }).then(
      () => 'answered',
      () => 'cut off',
    );
    expect(portOf(second)).not.toBe(portOf(emulator));
    // One process is LocalStack, and one is the function that it runs.
    expect(processesNaming(state)).toHaveLength(2);

    await second.stop();
    expect(await busy).toBe('cut off');
    expect(processesNaming(state)).toEqual([]);
    expect(await isFree(portOf(second))).toBe(true);
    expect(existsSync(state)).toBe(false);
    await second.stop();
    expect((await invoke(emulator, 'obey', {})).errorType).toBeUndefined();
  });

  test('ends when the process that started it is killed', async () => {
    const module = new URL('../../localstack/start-emulator.ts', import.meta.url).href;
    const script = `const { startEmulator } = await import(${JSON.stringify(module)});
      console.log((await startEmulator()).logPath);`;
    const starter = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 2],
    });
    const output = starter.stdout ?? expect.fail('stdout is a pipe');
    const [said] = (await once(output, 'data')) as [Buffer];
    const state = dirname(said.toString().trim());
    expect(processesNaming(state)).toHaveLength(1);
    starter.kill('SIGKILL');
    await until('the emulator has ended', () => processesNaming(state).length === 0);
    expect(existsSync(state)).toBe(false);
  });

  test('listens on 127.0.0.1 only', async () => {
    // 127.0.0.2 is this machine too, so a server that listens on every address would answer.
    const answer = fetch(emulator.endpoint.replace('127.0.0.1', '127.0.0.2'));
    await expect(answer).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  test('refuses to start on a port that is taken', async () => {
    await expect(startEmulator({ port: portOf(emulator) })).rejects.toThrow(/Port \d+ of 127\.0\.0\.1 is taken/);
  });
});

describe('The installation of the virtual environment', () => {
  /** Runs the installer with no packages, because these tests are about the folder and not about PyPI. */
  const install = async (folder: string): Promise<number | null> => {
    const python = findPython() ?? expect.fail('the emulator has been started, so there is a Python');
    const installer = fileURLToPath(new URL('../../localstack/host/install.py', import.meta.url));
    const requirements = join(scratch, 'requirements.txt');
    writeFileSync(requirements, '');
    const [status] = (await once(spawn(python, [installer, folder, requirements], { stdio: 'inherit' }), 'exit')) as [
      number | null,
    ];
    return status;
  };

  test('starts again after an interrupted installation, and two at once install once', async () => {
    const folder = join(scratch, 'venv');
    mkdirSync(folder);
    writeFileSync(join(folder, 'half'), 'left by an installation that was killed');
    const done = await Promise.all([install(folder), install(folder)]);
    expect(done).toEqual([0, 0]);
    expect(existsSync(join(folder, 'half'))).toBe(false);
    const made = statSync(join(folder, 'complete')).mtimeMs;
    expect(await install(folder)).toBe(0);
    // A second installation would have begun with an empty folder.
    expect(statSync(join(folder, 'complete')).mtimeMs).toBe(made);
  });
});
