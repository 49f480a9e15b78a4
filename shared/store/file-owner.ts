/**
 * Who made a lock or a temporary file, written into its name, so that what a killed process leaves behind can be told
 * from what a living one works on: `<host>-<process id>-<start time>-<thread>-<serial>`.
 *
 * A process id alone is not enough, ids are used again. The start time (clock ticks since boot, field 22 of Linux's
 * /proc/<pid>/stat; 0 on other systems) tells one holder of an id from the next.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** The form of an owner, as part of a regular expression. */
export const OWNER_PATTERN = '[0-9a-f]{8}-\\d+-\\d+-\\d+-\\d+';

const OWNER = /^([0-9a-f]{8})-(\d+)-(\d+)-\d+-\d+$/;
const HOST = hash('sha256', hostname()).slice(0, 8);
/** Places in /proc/<pid>/stat, counted from behind the command's name, which may itself hold spaces and brackets. */
const STATE = 0;
const START_TIME = 19;
const STARTED = startTime(process.pid) ?? '0';
let serial = 0;

/** A name for one lock or temporary of this thread; never the same twice. */
export function newOwner(): string {
  serial += 1;
  return `${HOST}-${process.pid}-${STARTED}-${threadId}-${serial}`;
}

/**
 * Whether the process behind `owner` can do nothing any more. Of what cannot be known (a process of another host, on a
 * shared disk) it is taken to live.
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
    // EPERM: somebody else's process, but it lives.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
  // A zombie has ended, its parent has only not asked yet.
  return statFields(pid)?.[STATE] !== 'Z';
}

function startTime(pid: number): string | undefined {
  return statFields(pid)?.[START_TIME];
}

/** Undefined on a system without /proc, or when the process has gone meanwhile. */
function statFields(pid: number): string[] | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
