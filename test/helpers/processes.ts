/** Finds processes by a mark in their environment, so that tests see which processes a command has left behind (Linux). */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export const canListProcesses: boolean = process.platform === 'linux';

/** Returns the ids of the living processes that have `name=value` in their environment, which child processes inherit. */
export function processesMarked(name: string, value: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => isAlive(pid) && environmentOf(pid).includes(`${name}=${value}`))
    .map(Number);
}

/** Resolves when no such process lives any more. The timeout of the test is the limit. */
export async function untilNoneMarked(name: string, value: string): Promise<void> {
  while (processesMarked(name, value).length > 0) await sleep(50);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return []; // The process belongs to another user, or it has just ended.
  }
}

/** True when the process has not ended. A zombie has ended, although its parent has not yet asked for its status. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
