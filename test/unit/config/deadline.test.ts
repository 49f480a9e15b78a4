import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { pause, withDeadline } from '../../../shared/config/deadline.ts';

const late = () => new Error('late');

describe('withDeadline', () => {
  test('Work that ends in time gives its result or its own error', async () => {
    expect(await withDeadline(1_000, late, async () => 7)).toBe(7);
    const failing = withDeadline(1_000, late, () => Promise.reject(new Error('own')));
    await expect(failing).rejects.toThrow('own');
  });

  test('Work that takes too long is aborted with the reason', async () => {
    let told: unknown;
    const waiting = withDeadline(20, late, async (signal) => {
      signal.addEventListener('abort', () => {
        told = signal.reason;
      });
      await sleep(5_000, undefined, { signal });
    });
    await expect(waiting).rejects.toThrow('late');
    expect(told).toEqual(late());
  });
});

describe('pause', () => {
  test('A pause ends when its signal is aborted', async () => {
    const controller = new AbortController();
    const waiting = pause(5_000, controller.signal);
    controller.abort(late());
    await expect(waiting).rejects.toThrow('late');
    await expect(pause(5_000, controller.signal)).rejects.toThrow('late');
  });

  test('A pause ends after its time', () => expect(pause(1, new AbortController().signal)).resolves.toBeUndefined());
});
