import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hearWaits, sayWait, Waiting } from '../../shared/wait.ts';

const lines: string[] = [];
let stop: () => void;
let things = 0;
/** Each test waits for a thing with a name of its own, because reports are remembered by name. */
let thing: string;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  lines.length = 0;
  thing = `server ${things++}`;
  stop = hearWaits(({ text }) => lines.push(text));
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe('reports of waits', () => {
  test('A short wait is not reported', () => {
    using _waiting = new Waiting(thing, { limit: '25 s' });
    vi.advanceTimersByTime(999);
    expect(lines).toEqual([]);
  });

  test('After a second and then every ten seconds, the report says what is awaited, for how long and until when', () => {
    const waiting = new Waiting(thing, { action: 'reading /x', limit: '25 s' });
    vi.advanceTimersByTime(21_000);
    expect(lines).toEqual(
      [1, 11, 21].map(
        (seconds) =>
          `waiting for ${thing} (reading /x): no answer yet; attempt 1, ${seconds} s so far, ends after 25 s`,
      ),
    );
    waiting[Symbol.dispose]();
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(3);
  });

  test('A failed attempt is reported at once, and further failures once in ten seconds', () => {
    using waiting = new Waiting(thing, { limit: '6 attempts', attempts: 6 });
    waiting.failed('ECONNREFUSED');
    expect(lines).toEqual([`waiting for ${thing}: ECONNREFUSED; attempt 2 of 6, 0 s so far, ends after 6 attempts`]);
    waiting.failed('ECONNREFUSED');
    vi.advanceTimersByTime(9_000);
    expect(lines).toHaveLength(1);
    waiting.failed('SlowDown, status 503');
    expect(lines[1]).toContain('SlowDown, status 503; attempt 4 of 6, 9 s so far');
  });

  test('Only one of several waits for the same thing is reported', () => {
    using _first = new Waiting(thing, { limit: '1 s' });
    using _second = new Waiting(thing, { limit: '1 s' });
    vi.advanceTimersByTime(12_000);
    expect(lines).toHaveLength(2);
  });
});

test('The listener of reports can be replaced and restored', () => {
  const inner: string[] = [];
  const stopInner = hearWaits(({ text }) => inner.push(text));
  sayWait({ what: thing, text: 'inner' });
  stopInner();
  sayWait({ what: `${thing}, another`, text: 'outer' });
  expect([inner, lines]).toEqual([['inner'], ['outer']]);
});
