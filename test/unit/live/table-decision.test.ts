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
  ['nobody knows whose rows are live', markOf('b', 15_000, '2011-12-10T00:00:00Z'), undefined, true],
  ['a newer day', markOf('b', 15_318, '2011-12-09T00:00:00Z'), LIVE, true],
  ['the same day, later', markOf('b', 15_317, '2011-12-10T00:00:01Z'), LIVE, true],
  ['the same day, earlier', markOf('b', 15_317, '2011-12-09T00:00:00Z'), LIVE, false],
  ['the same instant, spelt in another way', markOf('b', 15_317, '2011-12-10T00:00:00.000Z'), LIVE, false],
  ['an older day, asked for later', markOf('b', 15_316, '2011-12-11T00:00:00Z'), LIVE, false],
  ['the same run, asked for earlier', markOf('a', 15_317, '2011-12-01T00:00:00Z'), LIVE, true],
])('Rows go live or not when the live rows are compared with %s (%#)', (_what, wanted, live, goes) => {
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
