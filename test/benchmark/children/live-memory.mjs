/**
 * Preloaded into the command line for `live-memory.ts`: what each invocation holds alive at most, a line of JSON each in
 * LIVE_MEMORY_FILE.
 *
 * After a full collection V8 says what is left on the thread's heap and in buffers. The highest of that is kept, from one
 * collection before the handler is called to its answer.
 */
import { appendFileSync } from 'node:fs';
import { GCProfiler } from 'node:v8';
import { parentPort } from 'node:worker_threads';

const MIB = 2 ** 20;
/**
 * So much later what the invocation before held is free: it is off the stack, no compiler looks at it any more, and some of
 * it takes two collections.
 */
const SETTLED_AFTER_MS = 20;

if (parentPort !== null) observe(parentPort);

function observe(port) {
  const { on, postMessage } = port;
  const profiler = new GCProfiler();
  let invocation;
  port.on = (event, listener) =>
    on.call(port, event, (message) => {
      invocation = message;
      setTimeout(() => {
        globalThis.gc();
        profiler.start();
        globalThis.gc();
        listener(message);
      }, SETTLED_AFTER_MS);
    });
  port.postMessage = (message) => {
    if (message.kind === 'answer' || message.kind === 'error') {
      const { handler, event } = invocation;
      const used = { handler, planned: event?.step, ...highest(profiler.stop().statistics) };
      appendFileSync(process.env.LIVE_MEMORY_FILE, `${JSON.stringify(used)}\n`);
    }
    postMessage.call(port, message);
  };
}

function highest(collections) {
  const full = collections.filter(({ gcType }) => gcType === 'MarkSweepCompact');
  const left = full.map(({ afterGC: { heapStatistics: after } }) => after.usedHeapSize + after.externalMemory);
  return { beforeMb: left[0] / MIB, liveMb: Math.max(...left) / MIB };
}
