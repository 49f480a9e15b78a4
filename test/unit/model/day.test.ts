import { expect, test } from 'vitest';
import { parseDay } from '../../../shared/model/day.ts';

test.each([
  // Source: `date -ud 2011-12-09 +%s` / 86,400.
  ['2011-12-09', 15_317],
  ['20111209', 15_317],
  ['15317', 15_317],
  ['0', 0],
  ['1970-01-01', 0],
  ['9999-12-31', 2_932_896],
  ['2932896', 2_932_896],
  ['2932897', undefined],
  // Eight digits are a date or invalid, but never a day number.
  ['20111309', undefined],
  ['00015317', undefined],
  ['2011-12-9', undefined],
  ['2011-02-29', undefined],
  ['1969-12-31', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['1323388800', undefined],
  ['', undefined],
  ['yesterday', undefined],
])('The text %j is read as day %s', (text, day) => {
  expect(parseDay(text)).toBe(day);
});
