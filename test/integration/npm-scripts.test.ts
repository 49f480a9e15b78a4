/** The documented npm commands as processes: a signal to npm ends every process that npm started. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { canListProcesses, untilNoneMarked } from '../helpers/processes.ts';
import { SilentServer } from '../helpers/silent-server.ts';

const project = new URL('../../', import.meta.url);
const MARK = 'TEST_OF_SIGNALS';

/** The scripts that are commands of other tools. They end within seconds and start no processes. */
const TOOLS = ['build', 'lint', 'format', 'types'];

const scripts: Record<string, string> = JSON.parse(readFileSync(new URL('package.json', project), 'utf8')).scripts;

describe('The script', () => {
  test.each(Object.entries(scripts))('%s has no shell between npm and its program', (name, script) => {
    if (TOOLS.includes(name)) expect(script).not.toMatch(/[;&|]/);
    else expect(script).toMatch(/^exec node cli\/launch\.cjs [^;&|]+$/);
  });
});

describe.runIf(canListProcesses)('A signal to npm alone', () => {
  /** Starts a run by npm and resolves when the run waits for the answer of a ZooKeeper that never answers. */
  async function startWaiting(
    mark: string,
    zookeeper: SilentServer,
  ): Promise<ChildProcessByStdio<null, null, Readable>> {
    const hosts = `127.0.0.1:${zookeeper.port}`;
    const args = ['run', 'matrix-factorization', '--client', 'shop', '--start-day', '15317', '--zookeeper', hosts];
    const npm = spawn('npm', ['run', '--silent', 'offline', '--', ...args], {
      cwd: project,
      env: { ...process.env, [MARK]: mark },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await zookeeper.connected;
    return npm;
  }

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends the run when it is %s, and the run says how to go on', async (signal, status) => {
    const mark = randomUUID();
    await using zookeeper = await SilentServer.start();
    const npm = await startWaiting(mark, zookeeper);
    const ended = once(npm, 'exit');
    const said = text(npm.stderr);
    npm.kill(signal);
    const [exitCode, exitSignal] = await ended;
    expect(await said).toContain(
      `Stopped. Nothing is lost: what was computed is kept, and this command goes on from there:\n  npm run --silent offline -- run matrix-factorization --client shop --start-day 15317 --zookeeper 127.0.0.1:${zookeeper.port}\n`,
    );
    expect(exitSignal === signal || exitCode === status).toBe(true);
    await untilNoneMarked(MARK, mark);
  });
});
