/**
 * Preloaded into the command line for `live-memory.ts`. It writes the highest live memory of each invocation to
 * LIVE_MEMORY_FILE, one line of JSON each.
 *
 * After a full collection V8 gives the size of the thread's heap and buffers. The highest size counts, from a collection
 * before the handler is called until its answer.
 */
import { appendFileSync } from 'node:fs';
import { GCProfiler } from 'node:v8';
import { parentPort } from 'node:worker_threads';

const MIB = 2 ** 20;
/**
 * The time after which the memory of the last invocation can be freed: it is no longer on the stack, and no compiler uses it.
 * Some of it is freed only by a second collection.
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
