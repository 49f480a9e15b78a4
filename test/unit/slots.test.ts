import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Slots } from '../../shared/slots.ts';

test('Work runs while its slots are free, begins in its order, and gives its slots back also when it fails', async () => {
  const slots = new Slots(4);
  const begun: number[] = [];
  let held = 0;
  let most = 0;
  const work = [1, 4, 2, 2, 1, 3].map((count, index) =>
    slots.with(count, async () => {
      begun.push(index);
      held += count;
      most = Math.max(most, held);
      await sleep(3 - (index % 3));
      held -= count;
      if (index === 1) throw new Error('broken');
      return index;
    }),
  );
  const ends = await Promise.allSettled(work);
  expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : end.reason.message))).toEqual([
    0,
    'broken',
    2,
    3,
    4,
    5,
  ]);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
  expect([most, held]).toEqual([4, 0]);
});
