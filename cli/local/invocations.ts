/** A worker thread of the local run. It does what a Lambda environment does on AWS, with the same handlers. */
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { loadJob } from '../../functions/registry.ts';
import { Meter } from '../../shared/cost/meter.ts';
import { LOCAL_BUILD } from '../../shared/job/build.ts';
import { type HandlerEvent, handlersOf } from '../../shared/job/handlers.ts';
import type { Log } from '../../shared/job/job.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import type { JsonValue } from '../../shared/json.ts';
import { threadEtags } from '../../shared/store/etag-memory.ts';
import { hearWaits } from '../../shared/wait.ts';
import type { Answer, Invocation, Message } from './pool.ts';

const port = parentPort;
if (port === null) throw new Error('invocations.ts runs in a worker thread');

const tell = (message: Message) => port.postMessage(message);
threadEtags.share({
  logPath: fileURLToPath(new URL('../../.build/etags', import.meta.url)),
  onRead: (entry) => tell({ kind: 'etag', entry }),
});
hearWaits((line) => tell({ kind: 'wait', line }));

port.on('message', async ({ id, job, handler, event, etags }: Invocation) => {
  const started = process.threadCpuUsage();
  for (const entry of etags) threadEtags.learn(entry);
  const since = performance.now();
  const meter = new Meter();
  const usage = () => {
    const { user, system } = process.threadCpuUsage(started);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const used = meter.used(performance.now() - since, (heapUsed + arrayBuffers) / 2 ** 20);
    return { ...used, cpuMs: (user + system) / 1000 };
  };
  let answer: Answer;
  try {
    const run = handlersOf(await loadJob(job))[handler];
    if (run === undefined) throw new Error(`${job} has no handler '${handler}'`);
    const log: Log = (level, message, fields) => tell({ kind: 'log', level, message, fields: fields ?? {} });
    const value: JsonValue = await run(event as HandlerEvent, meter.environment(log, LOCAL_BUILD));
    answer = { kind: 'answer', id, value, usage: usage() };
  } catch (error) {
    const { name, message, stack } = thrownError(error);
    answer = { kind: 'error', id, error: { name, message, stack: stack ?? '' }, usage: usage() };
  }
  tell(answer);
});
