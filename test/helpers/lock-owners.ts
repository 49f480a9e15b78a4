/** Owners of locks and drafts whose process is dead or unknown. */
import { spawnSync } from 'node:child_process';
import { newOwner } from '../../shared/store/file-owner.ts';

/** Returns the id of a process that has ended. */
export function deadProcess(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid;
}

/** Returns an owner of the form `<host>-<pid>-<start>-<thread>-<serial>` with the given parts replaced. */
export function ownerWith(parts: { host?: string; pid?: number; start?: string }): string {
  const [host, pid, start, thread, serial] = newOwner().split('-');
  return [parts.host ?? host, parts.pid ?? pid, parts.start ?? start, thread, serial].join('-');
}
