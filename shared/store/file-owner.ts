/**
 * The owner of a lock or a temporary file, as a part of its name: `<host>-<process id>-<start time>-<thread>-<serial>`. It
 * shows whether the file is left over from a dead process or in use by a living one.
 *
 * A process id alone is not enough, because ids are used again. The start time (clock ticks since boot, field 22 of Linux's
 * /proc/<pid>/stat; 0 on other systems) distinguishes two processes with the same id.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** The form of an owner, as part of a regular expression. */
export const OWNER_PATTERN = '[0-9a-f]{8}-\\d+-\\d+-\\d+-\\d+';

const OWNER = /^([0-9a-f]{8})-(\d+)-(\d+)-\d+-\d+$/;
const HOST = hash('sha256', hostname()).slice(0, 8);
/** Indices of fields in /proc/<pid>/stat, from behind the command's name, which may itself have spaces and brackets. */
const STATE = 0;
const START_TIME = 19;
const STARTED = startTime(process.pid) ?? '0';
let serial = 0;

/** Returns a new owner's name, for one lock or temporary file of this thread. */
export function newOwner(): string {
  serial += 1;
  return `${HOST}-${process.pid}-${STARTED}-${threadId}-${serial}`;
}

/**
 * True when the process of `owner` has ended. A process of another host, on a shared disk, cannot be checked and counts as
 * living.
 */
export function isOwnerGone(owner: string): boolean {
  const [, host, pid, started] = OWNER.exec(owner) ?? [];
  if (host !== HOST || pid === undefined || started === undefined) return false;
  if (!isRunning(Number(pid))) return true;
  const startedNow = startTime(Number(pid));
  return startedNow !== undefined && started !== '0' && startedNow !== started;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM means that the process of another user lives.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
  // A zombie has ended, and only waits for its parent.
  return statFields(pid)?.[STATE] !== 'Z';
}

function startTime(pid: number): string | undefined {
  return statFields(pid)?.[START_TIME];
}

/** Returns undefined on a system without /proc, or when the process has ended. */
function statFields(pid: number): string[] | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
