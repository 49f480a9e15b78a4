import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayNumber, MS_PER_DAY, parseTime, parseTimeText } from '../../../shared/model/time.ts';
import { readTimePlainly } from '../../reference/raw-action.ts';

describe('parseTime', () => {
  // The expected instants are those of Date.parse for the form that ECMAScript reads.
  test.each([
    ['1970-01-01', '1970-01-01T00:00:00.000Z'],
    ['2011-08-30T08', '2011-08-30T08:00:00.000Z'],
    ['2011-08-30T08:15', '2011-08-30T08:15:00.000Z'],
    ['2011-08-30T08:15Z', '2011-08-30T08:15:00.000Z'],
    ['2011-08-30T08:15:59Z', '2011-08-30T08:15:59.000Z'],
    ['2011-08-30T08:15:59.5Z', '2011-08-30T08:15:59.500Z'],
    ['2011-08-30T08:15:59,123999+01', '2011-08-30T07:15:59.123Z'],
    ['2011-08-30T08:15:59.000999-0130', '2011-08-30T09:45:59.000Z'],
    ['2011-08-30T00:15:00+05:30', '2011-08-29T18:45:00.000Z'],
    ['2011-08-30T08-23:59', '2011-08-31T07:59:00.000Z'],
    ['2011-08-30T24:00', '2011-08-31T00:00:00.000Z'],
    ['2011-12-31T24:00:00.000Z', '2012-01-01T00:00:00.000Z'],
    ['2012-02-29', '2012-02-29T00:00:00.000Z'],
    ['2000-02-29', '2000-02-29T00:00:00.000Z'],
    ['0000-02-29', '0000-02-29T00:00:00.000Z'],
    ['0000-01-01', '0000-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    // A leap second and second 60 of any other minute become the last millisecond before the next minute.
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.999Z'],
    ['2016-12-31T23:59:60.000001Z', '2016-12-31T23:59:59.999Z'],
    ['2017-01-01T00:59:60,9+01:00', '2016-12-31T23:59:59.999Z'],
    ['2011-08-30T08:15:60', '2011-08-30T08:15:59.999Z'],
    // Before 1970, digits are cut off and the instant is not rounded towards 1970.
    ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
    ['1969-12-31T23:59:59.0009Z', '1969-12-31T23:59:59.000Z'],
  ])('The time %s is the instant %s', (text, same) => {
    expect(parseTimeText(text)).toBe(Date.parse(same));
  });

  test.each([
    ...[
      '',
      '2011',
      '2011-08',
      '20110830',
      '2011-8-30',
      '2011-00-01',
      '2011-13-01',
      '2011-04-31',
      '2011-02-29',
      '1900-02-29',
    ],
    ...['2011-08-30 08:15', '2011-08-30t08:15', '2011-08-30T', '2011-08-30T8', '2011-08-30T0815', '2011-08-30T08:1'],
    ...[
      '2011-08-30T08:15:',
      '2011-08-30T08:15:61',
      '2011-08-30T24:00:60',
      '2011-08-30T08:60',
      '2011-08-30T25:00',
      '2011-08-30T24:00:01',
    ],
    ...['2011-08-30T24:00:00.0001', '2011-08-30T24:01', '2011-08-30T08:15:59.', '2011-08-30T08:15:59.Z', '2011-08-30Z'],
    ...['2011-08-30T08.5', '2011-08-30T08:15z', '2011-08-30T08:15+1', '2011-08-30T08:15+1:00', '2011-08-30T08:15+24'],
    ...['2011-08-30T08:15+01:60', '2011-08-30T08:15+01:0', '2011-08-30T08:15+010', '2011-08-30T08:15Z ', ' 2011-08-30'],
    ...['+2011-08-30', '-2011-08-30', '2011-08-3O', '2011-08-30T08:15+01000', '2011-08-30T-1:00', '٢٠١١-08-30'],
  ])('The text %j is not a time', (text) => {
    expect(parseTimeText(text)).toBeNaN();
  });

  test('Bytes around the time do not matter', () => {
    const line = Buffer.from('92011-08-30T08:15:5999');
    expect(parseTime(line, 1, 17)).toBe(Date.parse('2011-08-30T08:15Z'));
    expect(parseTime(line, 1, 14)).toBe(Date.parse('2011-08-30T08:00Z'));
    expect(parseTime(line, 1, 11)).toBe(Date.parse('2011-08-30'));
  });

  test('Correct and damaged times are read as by the reference', () => {
    const number = (max: number, digits: number) =>
      fc.integer({ min: 0, max }).map((n) => String(n).padStart(digits, '0'));
    const zone = fc.oneof(
      fc.constantFrom('', 'Z'),
      fc
        .tuple(fc.constantFrom('+', '-'), number(25, 2), fc.constantFrom('', ':'), number(61, 2))
        .map((p) => p.join('')),
      fc.tuple(fc.constantFrom('+', '-'), number(25, 2)).map((p) => p.join('')),
    );
    const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^[.,][0-9]{0,5}$/));
    const clock = fc.oneof(
      fc.constant(''),
      fc.tuple(number(25, 2)).map(([h]) => `T${h}`),
      fc.tuple(number(25, 2), number(61, 2)).map(([h, m]) => `T${h}:${m}`),
      fc.tuple(number(25, 2), number(61, 2), number(61, 2), fraction).map(([h, m, s, f]) => `T${h}:${m}:${s}${f}`),
    );
    const time = fc.tuple(number(9999, 4), number(13, 2), number(32, 2), clock, zone);
    const damage = fc.option(fc.tuple(fc.nat(30), fc.constantFrom('', 'T', ':', '-', '0', '/', 'x')), {
      nil: undefined,
    });
    fc.assert(
      fc.property(time, damage, ([y, m, d, c, z], hit) => {
        let text = `${y}-${m}-${d}${c}${z}`;
        if (hit !== undefined) text = text.slice(0, hit[0]) + hit[1] + text.slice(hit[0] + 1);
        expect(parseTimeText(text)).toBe(readTimePlainly(text) ?? Number.NaN);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });
});

test('Every day of the years 0 to 9999 follows the one before it', () => {
  // Date gives 0000-01-01 as day -719528 and 9999-12-31 as day 2932896.
  expect(Date.parse('0000-01-01T00:00Z') / MS_PER_DAY).toBe(-719528);
  let expected = -719528;
  for (let year = 0; year <= 9999; year++) {
    for (let month = 1; month <= 12; month++) {
      for (let day = 1; day <= 31; day++) {
        const number = dayNumber(year, month, day);
        if (!Number.isNaN(number) && number !== expected++) expect([year, month, day, number]).toBe(expected - 1);
      }
    }
  }
  expect(expected - 1).toBe(Date.parse('9999-12-31T00:00Z') / MS_PER_DAY);
});
