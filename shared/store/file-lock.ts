/**
 * A lock between processes (and threads) that share a folder: a symbolic link whose target is not a file but the name of
 * the lock's owner. Making one is a single atomic call which fails where one is, and there is no moment at which the lock
 * exists without its owner.
 *
 * What runs under a lock runs synchronously and briefly. A lock whose owner is gone is broken under a lock of its own
 * (`<lock>~`), after a second look, so that nobody removes the lock that somebody else took in between.
 */
import { readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreTimeoutError } from '../errors.ts';
import { Waiting } from '../wait.ts';
import { systemCode } from './file-errors.ts';
import { isOwnerGone, newOwner } from './file-owner.ts';

const PATIENCE_MS = 30_000;
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 50;

/** @throws StoreTimeoutError when a living owner holds the lock for 30 s; ENOENT where the folder is not there */
export async function withLock<T>(lockPath: string, critical: () => T, patienceMs = PATIENCE_MS): Promise<T> {
  await acquire(lockPath, patienceMs);
  try {
    return critical();
  } finally {
    unlinkSync(lockPath);
  }
}

/** Removes a lock whose owner is gone; one that is held, or free, stays as it is. */
export async function breakStaleLock(lockPath: string): Promise<void> {
  const holder = holderOf(lockPath);
  if (holder !== undefined && isOwnerGone(holder)) await breakLock(lockPath, holder, PATIENCE_MS);
}

async function breakLock(lockPath: string, holder: string, patienceMs: number): Promise<void> {
  await withLock(
    `${lockPath}~`,
    () => {
      if (holderOf(lockPath) === holder) unlinkSync(lockPath);
    },
    patienceMs,
  );
}

async function acquire(lockPath: string, patienceMs: number): Promise<void> {
  const owner = newOwner();
  if (tryLock(lockPath, owner)) return;
  const deadline = performance.now() + patienceMs;
  using waiting = new Waiting(`the lock ${lockPath}`, { limit: `${patienceMs / 1000} s` });
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    if (tryLock(lockPath, owner)) return;
    const holder = holderOf(lockPath);
    if (holder === undefined) continue;
    if (isOwnerGone(holder)) {
      await breakLock(lockPath, holder, patienceMs);
      continue;
    }
    waiting.reason = `held by ${holder} (host-process-start-thread-serial)`;
    if (performance.now() > deadline) {
      throw new StoreTimeoutError(
        `${lockPath} is held by ${holder} (host-process-start-thread-serial) for more than ${patienceMs / 1000} s: ` +
          'try again, or, when that process is no longer there, remove the link',
      );
    }
    await sleep(waitMs);
  }
}

function tryLock(lockPath: string, owner: string): boolean {
  try {
    symlinkSync(owner, lockPath);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined when the lock is free again. */
function holderOf(lockPath: string): string | undefined {
  try {
    return readlinkSync(lockPath);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
