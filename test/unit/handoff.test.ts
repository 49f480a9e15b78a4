import { describe, expect, test } from 'vitest';
import { Handoff } from '../../shared/handoff.ts';

/**
 * Returns the numbers that a producer of `count` numbers hands over in portions of `size`, and the most that waited.
 */
async function handedOver(count: number, size: number, failAt = Number.POSITIVE_INFINITY) {
  const handoff = new Handoff();
  let waiting: number[] = [];
  let most = 0;
  const produce = async () => {
    for (let made = 0; made < count; made++) {
      if (made === failAt) throw new Error('the producer fails');
      most = Math.max(most, waiting.push(made));
      if (waiting.length >= size) await handoff.pause();
    }
  };
  const producing = produce();
  const taken: number[][] = [];
  while (await handoff.nextPause(producing)) {
    taken.push(waiting);
    waiting = [];
    handoff.resume();
  }
  taken.push(waiting);
  return { taken, most };
}

describe('a handoff', () => {
  test('All values are handed over in order, and never more than one portion waits', async () => {
    for (const [count, size] of [
      [0, 3],
      [2, 3],
      [3, 3],
      [10, 3],
      [9, 1],
    ] as const) {
      const { taken, most } = await handedOver(count, size);
      expect(taken.flat()).toEqual(Array.from({ length: count }, (_, at) => at));
      expect(most).toBeLessThanOrEqual(size);
    }
  });

  test('An error of the producer reaches the consumer', async () => {
    await expect(handedOver(10, 3, 7)).rejects.toThrow('the producer fails');
    await expect(handedOver(10, 3, 0)).rejects.toThrow('the producer fails');
  });

  test('A producer ends when its consumer gives up', async () => {
    const handoff = new Handoff();
    let ended = false;
    const produce = async () => {
      try {
        await handoff.pause();
      } finally {
        ended = true;
      }
    };
    const producing = produce();
    expect(await handoff.nextPause(producing)).toBe(true);
    handoff.cancel(producing);
    await producing.catch(() => undefined);
    expect(ended).toBe(true);
  });
});
