/**
 * What a process of the command line sets before any of its modules is loaded, and so does each of its worker threads.
 *
 * These first modules are plain JavaScript: with them, Node finds all others in the compile cache, stripped of their types,
 * and does not even load what strips them (0.06 s of CPU time a thread).
 */
import nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/** From here on this thread takes modules' compiled code from `.build`, and leaves it there. Without a place to write it does nothing. */
export function keepCompiledCode() {
  nodeModule.enableCompileCache(fileURLToPath(new URL('../.build/compile-cache', import.meta.url)));
}

/**
 * Lets the garbage collector work on the thread that called it, in one go. A job's memory is columns outside the heap; for
 * every 32 MiB of new ones the collector looks through the small heap again, and by default wakes four threads to help: that
 * was a tenth of a job's CPU time. For the whole process, before its first worker.
 */
export function collectOnOwnThread() {
  setFlagsFromString('--single-threaded-gc');
  setFlagsFromString('--no-incremental-marking');
}
