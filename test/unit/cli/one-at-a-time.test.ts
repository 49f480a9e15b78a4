import { expect, test } from 'vitest';
import { HOLDER_KEY, oneAtATime } from '../../../cli/local/one-at-a-time.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { sealed } from '../../../shared/store/sealed.ts';

const TIMES = { beatMs: 10, goneLooks: 15, pollMs: 10, patienceMs: 10_000 };
/** An owner on another machine: nobody here can see whether its process is there. */
const ELSEWHERE = 'ffffffff-1-1-0-1';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('Works of one root run one after another, and leave nothing behind', async () => {
  const store = new MemoryStore();
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    // It takes longer than a holder may stand still, and counts up meanwhile.
    await pause(3 * TIMES.goneLooks * TIMES.pollMs);
    return running--;
  };
  await Promise.all([oneAtATime(store, work, TIMES), oneAtATime(store, work, TIMES), oneAtATime(store, work, TIMES)]);
  expect(most).toBe(1);
  expect(await store.head(HOLDER_KEY)).toBeUndefined();
});

test('Work that fails leaves the root to the next one', async () => {
  const store = new MemoryStore();
  await expect(oneAtATime(store, () => Promise.reject(new Error('lost')), TIMES)).rejects.toThrow('lost');
  expect(await oneAtATime(store, async () => 'done', TIMES)).toBe('done');
});

test.each([
  ['was killed on this machine', `${process.pid}-1`],
  ['stands still on another machine', undefined],
])('A holder that %s is replaced', async (_case, own) => {
  const store = new MemoryStore();
  const mine = await ownerHere();
  // The same process id with another start time is another process, which has ended.
  const owner = own === undefined ? ELSEWHERE : mine.replace(/-\d+-\d+-(?=\d+-\d+$)/, `-${own}-`);
  await store.put(HOLDER_KEY, sealed({ owner, count: 3 }));
  const began = performance.now();
  expect(await oneAtATime(store, async () => 'done', TIMES)).toBe('done');
  if (own === undefined) expect(performance.now() - began).toBeGreaterThanOrEqual((TIMES.goneLooks - 1) * TIMES.pollMs);
});

test('A damaged object of the holder is replaced', async () => {
  const store = new MemoryStore();
  await store.put(HOLDER_KEY, '{"own');
  expect(await oneAtATime(store, async () => 'done', TIMES)).toBe('done');
});

test('A holder that lives is waited for only so long, and the message names it', async () => {
  const store = new MemoryStore();
  await store.put(HOLDER_KEY, sealed({ owner: ELSEWHERE, count: 3 }));
  const waited = oneAtATime(store, async () => 'done', { ...TIMES, goneLooks: 10_000, patienceMs: 20 });
  await expect(waited).rejects.toThrow(ELSEWHERE);
});

test('A process that was taken for gone ends its work, and does not touch the object of its successor', async () => {
  const store = new MemoryStore();
  const successor = sealed({ owner: ELSEWHERE, count: 0 });
  const work = async () => {
    await store.put(HOLDER_KEY, successor);
    await pause(4 * TIMES.beatMs);
    return 'done';
  };
  expect(await oneAtATime(store, work, TIMES)).toBe('done');
  expect(new TextDecoder().decode((await store.get(HOLDER_KEY)).bytes)).toBe(successor);
});

/** Returns the owner that this process writes. */
async function ownerHere(): Promise<string> {
  const store = new MemoryStore();
  const text = await oneAtATime(store, async () => (await store.get(HOLDER_KEY)).bytes, TIMES);
  return JSON.parse(new TextDecoder().decode(text)).owner;
}
