import { expect, test } from 'vitest';
import { report } from '../../../cli/commands/day.ts';
import type { Outcome } from '../../../cli/local/run-day.ts';

const failed = (job: string, message: string, name = 'NoInputError'): Outcome => ({
  job,
  outcome: 'failed',
  error: { name, message: `${job}, client shop, step configure: ${message}` },
});
const nothing = (days: string) =>
  `there is nothing to read under /in in shop/actions/ for ${days}: shop/actions/ has 2011-12-07 (15315). Check`;

test('A day without input is reported once, whatever days the jobs read', () => {
  const text = report([
    failed('matrix-factorization', nothing('days 2011-11-10 (15288) to 2011-12-09 (15317)')),
    failed('sessionitems', nothing('day 2011-12-09 (15317)')),
    failed('tagaffinity', 'itemsPath must be given', 'ConfigError'),
  ]);
  expect(text.match(/nothing to read/g)).toHaveLength(1);
  expect(text).toContain('matrix-factorization, sessionitems: failed\n');
  expect(text).toContain('tagaffinity: failed\n  ConfigError: ');
  // The overview names every job.
  expect(text).toMatch(/^sessionitems +failed$/m);
});
