import { describe, expect, test } from 'vitest';
import { WorkerPool } from '../../../cli/local/pool.ts';
import { hearWaits } from '../../../shared/wait.ts';

const SCRIPT = new URL('../../helpers/hostile-worker.mjs', import.meta.url);

const call = (pool: WorkerPool, what: string, timeoutSeconds = 60) =>
  pool.invoke(
    { job: 'matrix-factorization', handler: 'solve', event: { do: what } },
    timeoutSeconds,
    () => undefined,
    () => undefined,
  );

describe('worker threads', () => {
  test('Each concurrent call has a thread of its own, up to the size of the pool', async () => {
    await using pool = new WorkerPool(2, 64, SCRIPT);
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((what) => call(pool, what)));
    expect(answers.map((answer) => (answer as { echoed: string }).echoed)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(new Set(answers.map((answer) => (answer as { thread: number }).thread)).size).toBe(2);
  });

  test('ETags that one thread has found are told to all threads once, even to later ones', async () => {
    await using pool = new WorkerPool(2, 64, SCRIPT);
    await call(pool, 'find');
    const found = [['state 0', 'etag 0']];
    expect(await Promise.all([call(pool, 'tell'), call(pool, 'tell')])).toEqual([found, found]);
    expect(await call(pool, 'tell')).toEqual([]);
  });

  test('A wait that several threads share is reported once', async () => {
    await using pool = new WorkerPool(2, 64, SCRIPT);
    const lines: string[] = [];
    const stop = hearWaits(({ text }) => lines.push(text));
    await Promise.all([call(pool, 'wait'), call(pool, 'wait')]);
    stop();
    expect(lines).toEqual(['waiting for a server of the pool test']);
  });

  test('An error keeps its name and message, and its thread continues', async () => {
    await using pool = new WorkerPool(1, 64, SCRIPT);
    const { thread } = (await call(pool, 'before')) as { thread: number };
    await expect(call(pool, 'throw')).rejects.toMatchObject({
      name: 'CorruptInputError',
      message: 'shop/actions/1/part-00000 is torn',
    });
    expect(await call(pool, 'after')).toEqual({ thread, echoed: 'after' });
  });

  test('A call that exceeds its time is ended, and the calls behind it get a new thread', async () => {
    await using pool = new WorkerPool(1, 64, SCRIPT);
    const { thread } = (await call(pool, 'before')) as { thread: number };
    const hung = call(pool, 'hang', 0.2);
    const waiting = call(pool, 'after');
    await expect(hung).rejects.toMatchObject({
      name: 'States.Timeout',
      message: 'matrix-factorization, step solve: no answer within 0.2 s: make the shards smaller (--shards)',
    });
    const after = (await waiting) as { thread: number };
    expect(after.thread).not.toBe(thread);
  });

  test('A call that exceeds the memory of a function fails alone, with the step and a cure', async () => {
    await using pool = new WorkerPool(1, 64, SCRIPT);
    const greedy = call(pool, 'allocate');
    const waiting = call(pool, 'after');
    await expect(greedy).rejects.toMatchObject({
      name: 'LimitError',
      message: 'matrix-factorization, step solve: a shard needs more than 64 MiB: make the shards smaller (--shards)',
    });
    expect(await waiting).toMatchObject({ echoed: 'after' });
  });

  test('A call whose thread ends without an answer fails, and the pool continues', async () => {
    await using pool = new WorkerPool(1, 64, SCRIPT);
    await expect(call(pool, 'end')).rejects.toThrow('ended with exit status 3 without an answer');
    expect(await call(pool, 'after')).toMatchObject({ echoed: 'after' });
  });
});
