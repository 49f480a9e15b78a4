import { describe, expect, test } from 'vitest';
import { daysAskedFor } from '../../../cli/commands/daily.ts';
import type { ClientEnd, DayEnd } from '../../../cli/local/clients-day.ts';
import type { Outcome } from '../../../cli/local/run-day.ts';
import { daysReport } from '../../../cli/report-daily.ts';

describe('the days of `offline daily`', () => {
  test.each([
    ['yesterday in UTC, when none is named', {}, [15_316]],
    ['the named one', { day: 15_300 }, [15_300]],
    ['a range with both ends', { from: 15_310, to: 15_312 }, [15_310, 15_311, 15_312]],
  ])('are %s', (_case, options, days) => {
    expect(daysAskedFor(options, new Date('2011-12-09T00:30:00Z'))).toEqual(days);
  });

  test.each([
    [{ day: 15_300, from: 15_310, to: 15_312 }, 'leave one of them out'],
    [{ from: 15_310 }, 'give both'],
    [{ from: 15_312, to: 15_310 }, '--to 2011-12-02 (15310) is before --from 2011-12-04 (15312)'],
  ])('are refused for %j', (options, message) => {
    expect(() => daysAskedFor(options, new Date())).toThrow(message);
  });
});

describe('the report of several days', () => {
  const failed = (job: string): Outcome => ({
    job,
    outcome: 'failed',
    error: { name: 'LimitError', message: 'too large' },
  });
  const blocked: Outcome = {
    job: 'fpgrowth',
    outcome: 'blocked',
    error: { name: 'EmptyModelError', message: 'no rule' },
  };
  const end = (client: string, ...outcomes: Outcome[]): ClientEnd => ({
    client,
    kind: 'failed',
    outcomes,
    report: null,
  });
  const day = (number: number, more: Partial<DayEnd>): DayEnd => ({
    day: number,
    status: 'SUCCEEDED',
    error: null,
    grouping: null,
    clients: [],
    ...more,
  });
  const days = [
    day(15_315, { status: 'NO LOGS', error: { name: 'NoInputError', message: 'no log' } }),
    day(15_316, { status: 'FAILED', clients: [end('films', blocked), end('shop', failed('word2vec'))] }),
    day(15_317, { status: 'FAILED', clients: [end('shop', failed('word2vec'))] }),
    day(15_318, { status: 'FAILED', error: { name: 'TooManyRejectsError', message: 'rubbish' } }),
    day(15_319, { status: 'NOT GROUPED', error: { name: 'NoInputError', message: 'give a pattern' } }),
  ];

  test('has a line for each client and day, and each reason once with its places', () => {
    expect(
      daysReport(days, { isVerbose: false })
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual([
      'day                 client  jobs',
      '2011-12-07 (15315)          no logs',
      '2011-12-08 (15316)  films   1 blocked (fpgrowth)',
      '2011-12-08 (15316)  shop    1 failed (word2vec)',
      '2011-12-09 (15317)  shop    1 failed (word2vec)',
      '2011-12-10 (15318)          failed',
      '2011-12-11 (15319)          not grouped',
      '',
      '2011-12-08 (15316), films, fpgrowth: blocked',
      '  EmptyModelError: no rule',
      '',
      '2011-12-08 (15316), shop, word2vec: failed',
      '2011-12-09 (15317), shop, word2vec: failed',
      '  LimitError: too large',
      '',
      '2011-12-10 (15318)',
      '  TooManyRejectsError: rubbish',
      '',
      '2011-12-11 (15319)',
      '  NoInputError: give a pattern',
      '',
    ]);
  });

  test('has the tables of jobs of every day with --verbose', () => {
    const text = daysReport(days, { isVerbose: true });
    expect(text).toContain('day 2011-12-07 (15315): no logs\n  NoInputError: no log\n');
    expect(text).toMatch(/^day 2011-12-09 \(15317\): 1 client failed\n\nshop\njob +outcome *\nword2vec +failed/m);
  });
});
