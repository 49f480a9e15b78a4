/**
 * A lock that lets one set-up run at a time in a clone. Like the locks of folder stores (`shared/store/file-lock.ts`), it is a
 * symbolic link whose target is its owner, `<host>-<process id>-<start>`, so that it never exists without its owner.
 *
 * A process id is used again after its process has ended. The start time (clock ticks since boot, field 22 of Linux's
 * /proc/<pid>/stat; 0 on other systems) tells the owner from a later process with the same id.
 */
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');

/** The longest wait for another set-up. Installing everything over a slow connection takes a few minutes. */
const PATIENCE_MS = 600_000;
const REPORT_MS = 10_000;
const POLL_MS = 200;
/** Indexes of fields in /proc/<pid>/stat, counted after the command's name, which may contain spaces and brackets. */
const STATE = 0;
const START_TIME = 19;
/** Linux shows process times in hundredths of a second on every architecture that Node runs on. */
const TICK_MS = 10;

const HOST = createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);
const OWNER = /^([0-9a-f]{8})-(\d+)-(\d+)$/;

/**
 * Runs `work` while holding the lock.
 *
 * @param say is told, at once and every ten seconds, who holds the lock
 * @throws Error when a running owner holds the lock for `patienceMs`; a system error when no lock can be made
 */
async function withSetUpLock(lock, say, work, patienceMs = PATIENCE_MS) {
  await take(lock, say, patienceMs);
  try {
    return await work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

async function take(lock, say, patienceMs) {
  const owner = `${HOST}-${process.pid}-${statOf(process.pid)?.[START_TIME] ?? 0}`;
  const started = performance.now();
  let nextReportMs = 0;
  for (;;) {
    if (makeLink(owner, lock)) return;
    const holder = holderOf(lock);
    if (holder === undefined) continue;
    if (isGone(holder)) {
      await breakLock(lock, holder, say, patienceMs);
      continue;
    }
    const waitedMs = performance.now() - started;
    const who = `${holder.pid === undefined ? 'another computer' : `process ${holder.pid}`} (lock ${lock})`;
    if (waitedMs >= nextReportMs) {
      const seconds = Math.round(waitedMs / 1000);
      say(`waiting for another set-up of this folder, ${who}: ${seconds} s of at most ${patienceMs / 1000} s`);
      nextReportMs += REPORT_MS;
    }
    if (waitedMs >= patienceMs) {
      throw new Error(
        `another set-up of this folder has not ended within ${patienceMs / 1000} s: ${who}. ` +
          'End it, or, when it is no longer there, remove the lock, and try again',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * Removes the lock of an owner that has ended. It checks twice, so that it does not remove a lock that was taken in between.
 */
async function breakLock(lock, holder, say, patienceMs) {
  await withSetUpLock(
    `${lock}~`,
    say,
    () => {
      if (holderOf(lock)?.text === holder.text) fs.rmSync(lock, { force: true });
    },
    patienceMs,
  );
}

function makeLink(owner, lock) {
  try {
    fs.symlinkSync(owner, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Returns the owner; undefined when the lock is free. The owner's `pid` is undefined for a process of another host. */
function holderOf(lock) {
  try {
    const text = fs.readlinkSync(lock);
    const [, host, pid, start] = OWNER.exec(text) ?? [];
    return host === HOST ? { text, pid: Number(pid), start: Number(start) } : { text };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    if (error.code === 'EINVAL') return olderHolderOf(lock);
    throw error;
  }
}

/** Returns the owner by a lock of older versions: a file that holds only the process id, made after its owner had started. */
function olderHolderOf(lock) {
  try {
    const text = fs.readFileSync(lock, 'utf8');
    return { text, pid: Number(text), madeMs: fs.statSync(lock).mtimeMs };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** True when the owner has ended. A process on another host is assumed to run. */
function isGone({ pid, start, madeMs }) {
  if (pid === undefined) return false;
  // An owner of an older version ended between making the file and writing its id.
  if (!Number.isInteger(pid) || pid < 1) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process runs, as another user.
    return error.code === 'ESRCH';
  }
  const stat = statOf(pid);
  if (stat === undefined) return false;
  // A zombie has ended, and its parent has not read its exit status yet.
  if (stat[STATE] === 'Z') return true;
  const startedNow = Number(stat[START_TIME]);
  if (madeMs !== undefined) return bootMs() + startedNow * TICK_MS > madeMs + 1000;
  return start !== 0 && startedNow !== start;
}

/** The time at which the system started, in milliseconds since 1970: line `btime` of /proc/stat. */
const bootMs = () => Number(/^btime (\d+)$/m.exec(fs.readFileSync('/proc/stat', 'utf8'))?.[1]) * 1000;

/** Returns the fields of /proc/<pid>/stat; undefined on a system without /proc, and when the process has ended. */
function statOf(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

module.exports = { withSetUpLock };
