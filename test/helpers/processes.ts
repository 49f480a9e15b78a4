/** Finds processes by a mark in their environment, so that tests see what a command has left running (Linux). */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export const canListProcesses: boolean = process.platform === 'linux';

/** The ids of the living processes that were started with `name=value` in their environment, or by one that was. */
export function processesMarked(name: string, value: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => isAlive(pid) && environmentOf(pid).includes(`${name}=${value}`))
    .map(Number);
}

/** Resolves once no such process lives any more; the test's own time is the limit. */
export async function untilNoneMarked(name: string, value: string): Promise<void> {
  while (processesMarked(name, value).length > 0) await sleep(50);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return []; // Another user's process, or one that ended while we looked.
  }
}

/** A zombie has ended, its parent has only not asked yet. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
