import { expect, test } from 'vitest';
import { changeOf, counted, difference, longDate, percent, shortDate, weekday } from '../../../shared/report/words.ts';

test('Shares have a digit that is not zero', () => {
  expect([0, 0.0004, 0.001, 0.0449, 0.123, 1].map(percent)).toEqual([
    '0 %',
    '< 0.1 %',
    '0.1 %',
    '4.5 %',
    '12 %',
    '100 %',
  ]);
});

test('Changes have a sign, and none is known from nothing', () => {
  expect([changeOf(150, 100), changeOf(31, 100), changeOf(1001, 1000), changeOf(1, 0)]).toEqual([
    '+50 %',
    '−69 %',
    '±0 %',
    undefined,
  ]);
  expect([difference(0.0314), difference(-0.5)]).toEqual(['+0.031', '−0.500']);
});

test('Days are dates of UTC', () => {
  expect([longDate(15_317), shortDate(15_317), weekday(15_317)]).toEqual(['9 December 2011', '9 Dec', 'Friday']);
  expect([counted(1, 'line'), counted(1234, 'line')]).toEqual(['1 line', '1,234 lines']);
});
