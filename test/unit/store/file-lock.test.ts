import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StoreTimeoutError } from '../../../shared/errors.ts';
import { withLock } from '../../../shared/store/file-lock.ts';
import { isOwnerGone, newOwner } from '../../../shared/store/file-owner.ts';
import { FIRST_LINE_MS, hearWaits } from '../../../shared/wait.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const goneProcess = () => spawnSync(process.execPath, ['-e', '0']).pid;

/** `<host>-<pid>-<start>-<thread>-<serial>`, parts replaced. */
function ownerWith(parts: { host?: string; pid?: number; start?: string }): string {
  const [host, pid, start, thread, serial] = newOwner().split('-');
  return [parts.host ?? host, parts.pid ?? pid, parts.start ?? start, thread, serial].join('-');
}

describe('owners', () => {
  test('are never the same twice', () => {
    expect(newOwner()).not.toBe(newOwner());
  });

  test('are gone when their process is, or when its id is another process by now', () => {
    expect(isOwnerGone(newOwner())).toBe(false);
    expect(isOwnerGone(ownerWith({ pid: goneProcess() }))).toBe(true);
    // Only Linux tells when a process started.
    expect(isOwnerGone(ownerWith({ start: '1' }))).toBe(existsSync('/proc/self/stat'));
  });

  test('of another host, or of no form we know, are taken to live', () => {
    expect(isOwnerGone(ownerWith({ host: '00000000', pid: goneProcess() }))).toBe(false);
    expect(isOwnerGone('somebody')).toBe(false);
  });

  test.runIf(existsSync('/proc/self/stat'))('carry the start time that the system shows in field 22', () => {
    // Field 22 of /proc/<pid>/stat (proc_pid_stat(5)), counted here from the front: node's own name has no space.
    expect(newOwner().split('-')[2]).toBe(
      readFileSync('/proc/self/stat', 'utf8')
        .replace(/\(.*\)/s, 'x')
        .split(' ')[21],
    );
  });
});

describe('withLock', () => {
  test('holds the lock while it runs, and leaves nothing', async () => {
    const lock = join(temporaryFolder(), 'x.lock');
    expect(await withLock(lock, () => readdirSync(join(lock, '..')))).toEqual(['x.lock']);
    await expect(withLock(lock, () => JSON.parse('{'))).rejects.toThrow(SyntaxError);
    expect(existsSync(lock)).toBe(false);
  });

  test('waits for the living, up to a limit, and says who holds it and what to do', async () => {
    const lock = join(temporaryFolder(), 'x.lock');
    const owner = newOwner();
    symlinkSync(owner, lock);
    const waiting = withLock(lock, () => 'never', 30);
    await expect(waiting).rejects.toThrow(StoreTimeoutError);
    await expect(waiting).rejects.toThrow(`is held by ${owner}`);
  });

  test('of another host is spoken of while it is waited for', async () => {
    const lock = join(temporaryFolder(), 'x.lock');
    const owner = ownerWith({ host: '00000000' });
    symlinkSync(owner, lock);
    const lines: string[] = [];
    const stop = hearWaits(({ text }) => lines.push(text));
    // Longer than what is too short to be spoken of.
    await expect(withLock(lock, () => 'never', FIRST_LINE_MS + 200)).rejects.toThrow(StoreTimeoutError);
    stop();
    expect(lines).toEqual([
      expect.stringContaining(`waiting for the lock ${lock}: held by ${owner} (host-process-start-thread-serial)`),
    ]);
  });

  test('breaks the lock of the dead, and the lock of who died breaking it; one at a time gets in', async () => {
    const folder = temporaryFolder();
    const lock = join(folder, 'x.lock');
    const dead = ownerWith({ pid: goneProcess() });
    symlinkSync(dead, lock);
    symlinkSync(dead, `${lock}~`);
    const entered: number[] = [];
    await Promise.all(Array.from({ length: 20 }, (_, at) => withLock(lock, () => entered.push(at))));
    expect(entered.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at));
    expect(readdirSync(folder)).toEqual([]);
  });
});
