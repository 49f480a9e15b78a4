/** A worker thread for tests that measure the memory it holds. Its handlers are called `<kind of memory> <MiB>`. */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const MIB = 2 ** 20;

function garbage(mib) {
  let length = 0;
  for (let i = 0; i < mib; i++) length += new Uint8Array(MIB).length;
  return length;
}

/** Each handler makes as much garbage as it holds memory. */
const HANDLERS = {
  garbage,
  arrays(mib) {
    const held = [];
    for (let i = 0; i < mib; i++) held.push(new Float64Array(MIB / 8), garbage(1));
    return held.length;
  },
  wasm(mib) {
    const memory = new WebAssembly.Memory({ initial: mib * 16, maximum: mib * 16 });
    return garbage(mib) + memory.buffer.byteLength;
  },
};

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  for (const handler of process.argv.slice(2)) {
    worker.postMessage({ handler, event: {} });
    await new Promise((resolve) => worker.once('message', resolve));
  }
  await worker.terminate();
} else {
  parentPort.on('message', ({ handler }) => {
    const [kind, mib] = handler.split(' ');
    parentPort.postMessage({ kind: 'answer', value: HANDLERS[kind](Number(mib)) });
  });
}
