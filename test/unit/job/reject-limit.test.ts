import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TooManyRejectsError } from '../../../shared/errors.ts';
import { RejectLimit } from '../../../shared/job/reject-limit.ts';
import { rejectShare } from '../../../shared/job/reject-words.ts';

const object = (key: string, size: number) => ({ key, size, etag: 'e' });
const limitOf = (maxRejectRatio: number, ...inputs: ReturnType<typeof object>[]) =>
  new RejectLimit({ inputs, settings: { maxRejectRatio } });

/** True when the input is refused after these counts. */
function refuses(limit: RejectLimit, counts: Parameters<RejectLimit['check']>[0]): boolean {
  try {
    limit.check(counts, ['{"line":1}\n']);
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(TooManyRejectsError);
    return true;
  }
}

describe('early refusal', () => {
  test('An input is refused only when even good lines in all of the rest could not save it', () => {
    // 1000 bytes are at most 500 lines of two bytes and one more line without an end. A tenth of them is 50.
    const limit = limitOf(0.1, object('a', 1000));
    expect(refuses(limit, { lines: 50, rejected: 50, bytes: 0, rejectedBytes: 0 })).toBe(false);
    expect(refuses(limit, { lines: 56, rejected: 56, bytes: 0, rejectedBytes: 0 })).toBe(true);
    expect(refuses(limit, { lines: 1, rejected: 1, bytes: 100, rejectedBytes: 100 })).toBe(false);
    expect(refuses(limit, { lines: 1, rejected: 1, bytes: 101, rejectedBytes: 101 })).toBe(true);
  });

  test('The limit counts all objects of the run, and for gzip the most that it may contain', () => {
    const counts = { lines: 100, rejected: 100, bytes: 500, rejectedBytes: 500 };
    expect(refuses(limitOf(0.1, object('a', 1000)), counts)).toBe(true);
    expect(refuses(limitOf(0.1, object('a', 1000), object('b', 10_000)), counts)).toBe(false);
    expect(refuses(limitOf(0.1, object('a.gz', 1000)), counts)).toBe(false);
  });

  test('The error shows the first rejected lines and the option', () => {
    const limit = new RejectLimit(
      { inputs: [object('a', 10)], settings: { maxRejectRatio: 0 } },
      { option: '--max-reject-ratio' },
    );
    const counts = { lines: 1, rejected: 1, bytes: 1, rejectedBytes: 1 };
    expect(() => limit.check(counts, ['{"line":7}\n'])).toThrow(
      /1 of the first 1 lines were rejected, which is too many even if all others are good.*"line":7.*--max-reject-ratio/s,
    );
  });

  test('An input that is accepted when read completely is never refused early', () => {
    const line = fc.record({
      text: fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('x', 'y') }),
      bad: fc.boolean(),
    });
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (lines, ratio, ended) => {
          const size = lines.reduce((sum, { text }) => sum + text.length + 1, 0) - (ended ? 0 : 1);
          const limit = limitOf(ratio, object('a', size));
          const counts = { lines: 0, rejected: 0, bytes: 0, rejectedBytes: 0 };
          let isRefused = false;
          for (const { text, bad } of lines) {
            counts.lines++;
            counts.bytes += text.length;
            if (bad) {
              counts.rejected++;
              counts.rejectedBytes += text.length;
            }
            isRefused ||= refuses(limit, counts);
          }
          if (isRefused) {
            refused++;
            expect(rejectShare(counts)).toBeGreaterThan(ratio);
          }
        },
      ),
      { numRuns: 2_000, seed: 3 },
    );
    expect(refused).toBeGreaterThan(500);
  });
});
