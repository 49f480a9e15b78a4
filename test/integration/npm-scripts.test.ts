/** The documented commands as processes: a signal to npm ends all that npm started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canListProcesses, untilNoneMarked } from '../helpers/processes.ts';

const project = new URL('../../', import.meta.url);
const MARK = 'TEST_OF_SIGNALS';

/** Scripts that end by themselves within seconds and start nothing: the tools' own commands. */
const TOOLS = ['build', 'lint', 'format', 'types'];

const scripts: Record<string, string> = JSON.parse(readFileSync(new URL('package.json', project), 'utf8')).scripts;

describe('every script', () => {
  test.each(Object.entries(scripts))('%s leaves no shell between npm and its program', (name, script) => {
    if (TOOLS.includes(name)) expect(script).not.toMatch(/[;&|]/);
    else expect(script).toMatch(/^exec node cli\/launch\.cjs [^;&|]+$/);
  });
});

describe.runIf(canListProcesses)('a signal to npm alone', () => {
  /** Takes connections and never says a word. */
  let silent: Server;

  beforeAll(async () => {
    silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterAll(() => silent.close());

  /** A run that waits for an answer of ZooKeeper. */
  async function startWaiting(mark: string): Promise<ChildProcess> {
    const hosts = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const args = ['run', 'matrix-factorization', '--client', 'shop', '--start-day', '15317', '--zookeeper', hosts];
    const connected = once(silent, 'connection');
    const npm = spawn('npm', ['run', '--silent', 'offline', '--', ...args], {
      cwd: project,
      env: { ...process.env, [MARK]: mark },
      stdio: 'ignore',
    });
    await connected;
    return npm;
  }

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s ends the run', async (signal, status) => {
    const mark = randomUUID();
    const npm = await startWaiting(mark);
    const ended = once(npm, 'exit');
    npm.kill(signal);
    const [code, by] = await ended;
    expect(by === signal || code === status).toBe(true);
    await untilNoneMarked(MARK, mark);
  });
});
