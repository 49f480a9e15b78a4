/** A worker thread that does as its event says: answers, throws, hangs, takes all memory, ends, or reports an ETag. */
import { parentPort, threadId } from 'node:worker_threads';

const usage = { cpuMs: 1, memoryMb: 1 };

parentPort.on('message', ({ id, event, etags }) => {
  if (event.do === 'hang') for (;;);
  if (event.do === 'allocate') for (const kept = []; ; ) kept.push(Array.from({ length: 1e5 }, (_, at) => ({ at })));
  if (event.do === 'end') process.exit(3);
  if (event.do === 'throw') {
    const error = {
      name: 'CorruptInputError',
      message: 'shop/actions/1/part-00000 is torn',
      stack: 'CorruptInputError',
    };
    parentPort.postMessage({ kind: 'error', id, error, usage });
    return;
  }
  if (event.do === 'wait') {
    const line = { what: 'a server of the pool test', text: 'waiting for a server of the pool test' };
    parentPort.postMessage({ kind: 'wait', line });
  }
  if (event.do === 'find') parentPort.postMessage({ kind: 'etag', entry: [`state ${id}`, `etag ${id}`] });
  if (event.do === 'tell') {
    parentPort.postMessage({ kind: 'answer', id, value: etags, usage });
    return;
  }
  parentPort.postMessage({ kind: 'answer', id, value: { thread: threadId, echoed: event.do }, usage });
});
