/** The emulator itself, before anything of the pipeline is deployed to it: what the other integration tests stand on. */
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
  deployFunction,
  deployStateMachine,
  execute,
  functionLogs,
  invoke,
  processesNaming,
  until,
} from '../helpers/localstack.ts';

/** Does what the event says, and answers with the id of its process. `mkdirSync` fails for all but the first. */
const SOURCE = `
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export const handler = async (event) => {
  console.log('event', JSON.stringify(event));
  if (event.throw) throw Object.assign(new Error('as asked'), { name: event.throw });
  if (event.rejectLater) { Promise.reject(new Error('nobody waits')); await sleep(5_000); }
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
  test('gives back what was put, and refuses a second conditional put', async () => {
    const s3 = new S3Client({
      endpoint: emulator.endpoint,
      region: emulator.env.AWS_REGION ?? '',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'things' }));
    const put = new PutObjectCommand({ Bucket: 'things', Key: 'a/b', Body: 'hello', IfNoneMatch: '*' });
    await s3.send(put);
    const got = await s3.send(new GetObjectCommand({ Bucket: 'things', Key: 'a/b' }));
    expect(await got.Body?.transformToString()).toBe('hello');
    await expect(s3.send(put)).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
    s3.destroy();
  });
});

describe('a function', () => {
  test('runs on the Node that runs this test, in a process that is kept warm', async () => {
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

  test('that runs over its timeout is killed, although it never yields', async () => {
    await deployFunction(emulator, { name: 'slow', source: SOURCE, timeout: 1 });
    const warm = pidOf((await invoke(emulator, 'slow', {})).answer);
    const began = performance.now();
    const { errorType } = await invoke(emulator, 'slow', { spinMs: 20_000 });
    expect(errorType).toBe('Sandbox.Timedout');
    // The timeout is 1 s; the rest is room for a busy machine, far from the 20 s that it would have run.
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(() => process.kill(warm, 0)).toThrow('ESRCH');
    expect(pidOf((await invoke(emulator, 'slow', {})).answer)).not.toBe(warm);
  });

  test('that leaves a rejection unhandled, runs out of memory or does not load fails by Lambda’s own names', async () => {
    expect((await invoke(emulator, 'obey', { rejectLater: true })).errorType).toBe('Runtime.UnhandledPromiseRejection');
    const hoard = 'export const handler = async () => { const all = []; for (;;) all.push(new Array(1e5).fill({})); };';
    await deployFunction(emulator, { name: 'hoard', source: hoard, timeout: 60 });
    expect((await invoke(emulator, 'hoard', {})).errorType).toBe('Runtime.ExitError');
    await deployFunction(emulator, { name: 'unready', source: 'export const other = 1;' });
    expect((await invoke(emulator, 'unready', {})).errorType).toBe('Runtime.HandlerNotFound');
  });

  test('is run by a bounded number of processes, however many ask at once', async () => {
    await deployFunction(emulator, { name: 'many', source: SOURCE, timeout: 60 });
    const asked = Array.from({ length: 12 }, () => invoke(emulator, 'many', { sleepMs: 200 }));
    const pids = (await Promise.all(asked)).map((invoked) => pidOf(invoked.answer));
    const used = new Set(pids).size;
    expect(used).toBeGreaterThan(1);
    expect(used).toBeLessThanOrEqual(Math.max(4, 2 * availableParallelism()));
  });
});

describe('a state machine', () => {
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

  test('catches a thrown error by its name, and ends with one that it does not catch', async () => {
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
    // The fault is seen to fire: the function's log tells of its death.
    await until('the death is in the log group', async () => {
      const lines = await functionLogs(emulator, 'obey');
      return lines.some((line) => line.includes('Runtime exited with error: signal: killed'));
    });
  });
});

describe('the emulator', () => {
  test('leaves no process, port or folder when it is stopped, and another one goes on', async () => {
    const second = await startEmulator();
    const state = stateDirOf(second);
    await deployFunction(second, { name: 'busy', source: SOURCE, timeout: 60 });
    await invoke(second, 'busy', {});
    const busy = invoke(second, 'busy', { spinMs: 60_000 }).then(
      () => 'answered',
      () => 'cut off',
    );
    expect(portOf(second)).not.toBe(portOf(emulator));
    // LocalStack itself, and the function that it runs now.
    expect(processesNaming(state)).toHaveLength(2);

    await second.stop();
    expect(await busy).toBe('cut off');
    expect(processesNaming(state)).toEqual([]);
    expect(await isFree(portOf(second))).toBe(true);
    expect(existsSync(state)).toBe(false);
    await second.stop();
    expect((await invoke(emulator, 'obey', {})).errorType).toBeUndefined();
  });

  test('ends by itself when the process that started it is killed', async () => {
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
    await until('its emulator is gone', () => processesNaming(state).length === 0);
    expect(existsSync(state)).toBe(false);
  });

  test('listens on loopback only', async () => {
    // 127.0.0.2 is this machine too: a listener on every address would answer.
    const answer = fetch(emulator.endpoint.replace('127.0.0.1', '127.0.0.2'));
    await expect(answer).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  test('refuses a port that is taken', async () => {
    await expect(startEmulator({ port: portOf(emulator) })).rejects.toThrow(/Port \d+ of 127\.0\.0\.1 is taken/);
  });
});

describe('the install of the virtual environment', () => {
  /** The installer with nothing to install: what is tried is the folder, not PyPI. */
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

  test('starts anew after an interrupted one, and two at once do it once', async () => {
    const folder = join(scratch, 'venv');
    mkdirSync(folder);
    writeFileSync(join(folder, 'half'), 'left by an install that was killed');
    const done = await Promise.all([install(folder), install(folder)]);
    expect(done).toEqual([0, 0]);
    expect(existsSync(join(folder, 'half'))).toBe(false);
    const made = statSync(join(folder, 'complete')).mtimeMs;
    expect(await install(folder)).toBe(0);
    // A second install would have begun with an empty folder.
    expect(statSync(join(folder, 'complete')).mtimeMs).toBe(made);
  });
});
