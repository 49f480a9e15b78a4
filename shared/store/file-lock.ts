/**
 * A lock between processes (and threads) that share a folder. It is a symbolic link whose target is the name of the lock's
 * owner. One atomic call makes the link and fails when it exists, so a lock never exists without the name of its owner.
 *
 * Work under a lock is synchronous and brief. A lock whose owner is gone is removed under a second lock (`<lock>~`), after
 * the owner is checked again. Thus nobody removes a lock that somebody else has taken in between.
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

/**
 * Runs `critical` under the lock, and returns its result.
 *
 * @throws StoreTimeoutError when a living owner holds the lock for `patienceMs`
 * @throws ENOENT when the folder does not exist; what `critical` throws
 */
export async function withLock<T>(lockPath: string, critical: () => T, patienceMs = PATIENCE_MS): Promise<T> {
  await acquire(lockPath, patienceMs);
  try {
    return critical();
  } finally {
    unlinkSync(lockPath);
  }
}

/** Removes a lock whose owner is gone. A lock with a living owner stays. */
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

/** Returns the owner of the lock, or undefined when it is free. */
function holderOf(lockPath: string): string | undefined {
  try {
    return readlinkSync(lockPath);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
