import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deadProcess } from '../../helpers/lock-owners.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

type WithSetUpLock = <T>(
  lock: string,
  say: (text: string) => void,
  work: () => T | Promise<T>,
  patienceMs?: number,
) => Promise<T>;
const { withSetUpLock } = createRequire(import.meta.url)('../../../cli/set-up-lock.cjs') as {
  withSetUpLock: WithSetUpLock;
};

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const hasStartTimes = existsSync('/proc/self/stat');
const silently = (): void => undefined;

/** Returns a lock in a folder of its own that `leave` has left behind. */
function lockLeftBy(leave: (lock: string) => void): string {
  const lock = join(temporaryFolder(), '.set-up.lock');
  leave(lock);
  return lock;
}

/** Leaves a lock as older versions did: a file with the process id. */
const olderLock = (content: string, made?: Date) => (lock: string) => {
  writeFileSync(lock, content);
  if (made !== undefined) utimesSync(lock, made, made);
};

describe('the lock of a set-up', () => {
  test('The lock exists while the work runs, and is removed even when the work fails', async () => {
    const lock = join(temporaryFolder(), '.set-up.lock');
    expect(await withSetUpLock(lock, silently, () => lstatSync(lock).isSymbolicLink())).toBe(true);
    const failing = withSetUpLock(lock, silently, () => Promise.reject(new Error('no network')));
    await expect(failing).rejects.toThrow('no network');
    expect(readdirSync(join(lock, '..'))).toEqual([]);
  });

  test.each([
    ['a process that has ended', (lock: string) => symlinkSync(`${HOST}-${deadProcess()}-1`, lock), true],
    [
      'a process whose id another process has now',
      (lock: string) => symlinkSync(`${HOST}-${process.pid}-1`, lock),
      hasStartTimes,
    ],
    ['an older version that has ended', olderLock(String(deadProcess())), true],
    [
      'an older version whose id another process has now',
      olderLock(String(process.pid), new Date('2001-01-01')),
      hasStartTimes,
    ],
    ['an older version that died before it wrote its id', olderLock(''), true],
    ['an older version with a clock that was ahead', olderLock('', new Date('2099-01-01')), true],
  ])('A lock left by %s is broken', async (_, leave, isKnown) => {
    if (!isKnown) return;
    const lock = lockLeftBy(leave);
    expect(await withSetUpLock(lock, silently, () => 'done', 0)).toBe('done');
    expect(readdirSync(join(lock, '..'))).toEqual([]);
  });

  test.each([
    ['a living process', olderLock(String(process.pid)), `process ${process.pid}`],
    ['another computer', (lock: string) => symlinkSync('00000000-1-1', lock), 'another computer'],
  ])(
    'A lock held by %s is awaited and reported at once, and the final error says what to do',
    async (_, leave, who) => {
      const lock = lockLeftBy(leave);
      const said: string[] = [];
      const waiting = withSetUpLock(
        lock,
        (text) => said.push(text),
        () => 'never',
        1,
      );
      await expect(waiting).rejects.toThrow(
        `${who} (lock ${lock}). End it, or, when it is no longer there, remove the lock`,
      );
      expect(said).toEqual([expect.stringContaining(`waiting for another set-up of this folder, ${who}`)]);
    },
  );
});
