import { describe, expect, test } from 'vitest';
import { formatMark, parseMark, type TableMark } from '../../../shared/mysql/table-mark.ts';

const MARK: TableMark = {
  run: '0123456789abcdef',
  day: 15_317,
  requestedAt: '2011-12-10T00:00:00Z',
  client: 'shop',
  at: '2011-12-10T01:00:00Z',
  by: 'rollback',
  because: 'the new one was empty',
};

test('a comment says what was marked', () => {
  expect(parseMark(formatMark(MARK))).toEqual(MARK);
});

test('it begins as the comments of earlier versions do, which these read', () => {
  expect(formatMark(MARK)).toMatch(/^\{"run":"0123456789abcdef","day":15317,"requestedAt":"2011-12-10T00:00:00Z"/);
});

test('a comment of an earlier version is understood', () => {
  const { run, day, requestedAt } = MARK;
  const nothing = { client: null, at: null, by: null, because: null };
  expect(parseMark(JSON.stringify({ run, day, requestedAt }))).toEqual({ run, day, requestedAt, ...nothing });
});

test('a server may add words of its own', () => {
  expect(parseMark(`${formatMark(MARK)}; InnoDB free: 4096 kB`)).toEqual(MARK);
});

test('a long reason is cut so that the comment fits', () => {
  const comment = formatMark({ ...MARK, client: 'c'.repeat(200), because: 'é'.repeat(5_000) });
  expect(comment.length).toBeLessThan(2_048);
  expect(parseMark(comment)).toMatchObject({ because: 'é'.repeat(1_000) });
});

describe('what we have not written says nothing', () => {
  test.each([
    '',
    'similar items',
    '{"run":',
    '{"run":1}',
    '{"run":"a","day":"x","requestedAt":""}',
    '{"other":1}',
    'x}',
  ])('%s', (comment) => {
    expect(parseMark(comment)).toBeUndefined();
  });
});
