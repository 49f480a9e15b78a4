import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atMost } from '../../shared/at-most.ts';

test('All items are processed with limited concurrency, and the results keep their order', async () => {
  let running = 0;
  let most = 0;
  const results = await atMost(3, [5, 1, 4, 1, 3, 1, 2], async (item, index) => {
    most = Math.max(most, ++running);
    await sleep(item);
    running--;
    return `${index}:${item}`;
  });
  expect(results).toEqual(['0:5', '1:1', '2:4', '3:1', '4:3', '5:1', '6:2']);
  expect(most).toBe(3);
  expect(await atMost(3, [], async () => 'never')).toEqual([]);
});

test('After a failure no further item begins, those in progress end, and the first error is thrown', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const failing = atMost(2, [0, 1, 2, 3], async (item) => {
    begun.push(item);
    await sleep(item === 0 ? 20 : 1);
    ended.push(item);
    if (item < 2) throw new Error(`item ${item}`);
  });
  await expect(failing).rejects.toThrow('item 1');
  expect(begun).toEqual([0, 1]);
  expect(ended).toEqual([1, 0]);
});
