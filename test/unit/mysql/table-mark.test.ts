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

test('The comment contains the mark', () => {
  expect(parseMark(formatMark(MARK))).toEqual(MARK);
});

test('The comment begins as those of earlier versions, which can read it', () => {
  expect(formatMark(MARK)).toMatch(/^\{"run":"0123456789abcdef","day":15317,"requestedAt":"2011-12-10T00:00:00Z"/);
});

test('A comment of an earlier version is read', () => {
  const { run, day, requestedAt } = MARK;
  const nothing = { client: null, at: null, by: null, because: null };
  expect(parseMark(JSON.stringify({ run, day, requestedAt }))).toEqual({ run, day, requestedAt, ...nothing });
});

test('A server may append its own text to the comment', () => {
  expect(parseMark(`${formatMark(MARK)}; InnoDB free: 4096 kB`)).toEqual(MARK);
});

test('A long reason is shortened so that the comment fits', () => {
  const comment = formatMark({ ...MARK, client: 'c'.repeat(200), because: 'é'.repeat(5_000) });
  expect(comment.length).toBeLessThan(2_048);
  expect(parseMark(comment)).toMatchObject({ because: 'é'.repeat(1_000) });
});

describe('comments of other programs', () => {
  test.each([
    '',
    'similar items',
    '{"run":',
    '{"run":1}',
    '{"run":"a","day":"x","requestedAt":""}',
    '{"other":1}',
    'x}',
  ])('The comment %s is ignored', (comment) => {
    expect(parseMark(comment)).toBeUndefined();
  });
});
