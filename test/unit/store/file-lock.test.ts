import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StoreTimeoutError } from '../../../shared/errors.ts';
import { withLock } from '../../../shared/store/file-lock.ts';
import { isOwnerGone, newOwner } from '../../../shared/store/file-owner.ts';
import { FIRST_LINE_MS, hearWaits } from '../../../shared/wait.ts';
import { deadProcess, ownerWith } from '../../helpers/lock-owners.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

describe('owners of locks', () => {
  test('Two owners are never equal', () => {
    expect(newOwner()).not.toBe(newOwner());
  });

  test('An owner is gone when its process has ended or when another process has its id', () => {
    expect(isOwnerGone(newOwner())).toBe(false);
    expect(isOwnerGone(ownerWith({ pid: deadProcess() }))).toBe(true);
    // Only Linux says when a process started.
    expect(isOwnerGone(ownerWith({ start: '1' }))).toBe(existsSync('/proc/self/stat'));
  });

  test('An owner on another host or of an unknown form is taken to be alive', () => {
    expect(isOwnerGone(ownerWith({ host: '00000000', pid: deadProcess() }))).toBe(false);
    expect(isOwnerGone('somebody')).toBe(false);
  });

  test.runIf(existsSync('/proc/self/stat'))('An owner carries the start time that the system shows in field 22', () => {
    // Field 22 of /proc/<pid>/stat (proc_pid_stat(5)), counted from the front: the name of node contains no space.
    expect(newOwner().split('-')[2]).toBe(
      readFileSync('/proc/self/stat', 'utf8')
        .replace(/\(.*\)/s, 'x')
        .split(' ')[21],
    );
  });
});

describe('withLock', () => {
  test('The lock is held while the function runs and leaves no file behind', async () => {
    const lock = join(temporaryFolder(), 'x.lock');
    expect(await withLock(lock, () => readdirSync(join(lock, '..')))).toEqual(['x.lock']);
    await expect(withLock(lock, () => JSON.parse('{'))).rejects.toThrow(SyntaxError);
    expect(existsSync(lock)).toBe(false);
  });

  test('A lock of a living owner is awaited up to a limit, and the error names its owner', async () => {
    const lock = join(temporaryFolder(), 'x.lock');
    const owner = newOwner();
    symlinkSync(owner, lock);
    const waiting = withLock(lock, () => 'never', 30);
    await expect(waiting).rejects.toThrow(StoreTimeoutError);
    await expect(waiting).rejects.toThrow(`is held by ${owner}`);
  });

  test('Waiting for a lock of another host is reported', async () => {
    const lock = join(temporaryFolder(), 'x.lock');
    const owner = ownerWith({ host: '00000000' });
    symlinkSync(owner, lock);
    const lines: string[] = [];
    const stop = hearWaits(({ text }) => lines.push(text));
    // Shorter waits are not reported.
    await expect(withLock(lock, () => 'never', FIRST_LINE_MS + 200)).rejects.toThrow(StoreTimeoutError);
    stop();
    expect(lines).toEqual([
      expect.stringContaining(`waiting for the lock ${lock}: held by ${owner} (host-process-start-thread-serial)`),
    ]);
  });

  test('A lock of a dead owner is broken, also when its breaker has died, and one caller at a time gets in', async () => {
    const folder = temporaryFolder();
    const lock = join(folder, 'x.lock');
    const dead = ownerWith({ pid: deadProcess() });
    symlinkSync(dead, lock);
    symlinkSync(dead, `${lock}~`);
    const entered: number[] = [];
    await Promise.all(Array.from({ length: 20 }, (_, at) => withLock(lock, () => entered.push(at))));
    expect(entered.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at));
    expect(readdirSync(folder)).toEqual([]);
  });
});
