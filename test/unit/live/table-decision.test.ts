import { expect, test } from 'vitest';
import { decideTable } from '../../../shared/live/table-decision.ts';
import type { TableMark } from '../../../shared/mysql/table-mark.ts';

const NOW = new Date('2011-12-12T00:00:00Z');
const markOf = (run: string, day: number, requestedAt: string): TableMark => ({
  run,
  day,
  requestedAt,
  client: 'shop',
  at: null,
  by: 'run',
  because: null,
});
const LIVE = markOf('a', 15_317, '2011-12-10T00:00:00Z');

test.each([
  ['that follow unknown rows', true, markOf('b', 15_000, '2011-12-10T00:00:00Z'), undefined],
  ['of a newer day', true, markOf('b', 15_318, '2011-12-09T00:00:00Z'), LIVE],
  ['of the same day and a later request', true, markOf('b', 15_317, '2011-12-10T00:00:01Z'), LIVE],
  ['of the same day and an earlier request', false, markOf('b', 15_317, '2011-12-09T00:00:00Z'), LIVE],
  ['of the same instant in another spelling', false, markOf('b', 15_317, '2011-12-10T00:00:00.000Z'), LIVE],
  ['of an older day and a later request', false, markOf('b', 15_316, '2011-12-11T00:00:00Z'), LIVE],
  ['of the same run and an earlier request', true, markOf('a', 15_317, '2011-12-01T00:00:00Z'), LIVE],
])('The decision whether rows %s go live is %s', (_rows, goes, wanted, live) => {
  expect(decideTable(wanted, { live, hold: null, table: 't' }, NOW).goesLive).toBe(goes);
});

test('Rows of the same run are the same at any request time', () => {
  const again = markOf('a', 15_317, '2011-12-11T00:00:00Z');
  expect(decideTable(again, { live: LIVE, hold: null, table: 't' }, NOW)).toEqual({ goesLive: true, isSame: true });
});

test('The live rows of a held table stay, and the reason says since when and why', () => {
  const hold = { since: '2011-12-11T00:00:00Z', because: 'a sale' };
  const decision = decideTable(markOf('b', 15_318, '2011-12-11T00:00:00Z'), { live: LIVE, hold, table: 't' }, NOW);
  expect(decision).toEqual({
    goesLive: false,
    why: expect.stringMatching(/held since 2011-12-11T00:00:00Z \(a sale\)/),
  });
});

test('A live day in the future is reported and counts as older', () => {
  const warnings: string[] = [];
  const live = markOf('a', 20_000, '2011-12-10T00:00:00Z');
  const request = { live, hold: null, table: 't' };
  const decision = decideTable(markOf('b', 15_317, '2011-12-10T00:00:00Z'), request, NOW, (said) =>
    warnings.push(said),
  );
  expect(decision.goesLive).toBe(true);
  expect(warnings).toEqual([expect.stringContaining('lies in the future')]);
});
