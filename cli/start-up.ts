/** What a process of the command line sets before any of its modules is loaded, and so does each of its worker threads. */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/** From here on this thread takes modules' compiled code from `.build`, and leaves it there. Without a place to write it does nothing. */
export function keepCompiledCode(): void {
  enableCompileCache(fileURLToPath(new URL('../.build/compile-cache', import.meta.url)));
}

/**
 * Makes the garbage collector count columns (array buffers) as it counts objects. By itself it is called for every 32 MiB
 * of new ones, however few objects there are to look through: a tenth of a job's CPU time. For the whole process, before
 * its first worker. The flag is V8's in Node 24; other versions go without.
 */
export function countColumnsAsMemory(): void {
  if (process.versions.node.startsWith('24.')) setFlagsFromString('--external-memory-accounted-in-global-limit');
}
