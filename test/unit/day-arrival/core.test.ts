import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayFolderOf, dayOfObject, dayRun, decide, timeAfter } from '../../../functions/day-arrival/core.ts';

const PATTERN = 's3://logs/in.put/actions.%y/%m%d/*/*';

describe('days of objects', () => {
  test('The day of an object is that of its folder', () => {
    // 2011-12-09 is day 15317. Source: `date -ud 2011-12-09 +%s` / 86,400.
    expect(dayOfObject(PATTERN, 's3://logs/in.put/actions.2011/1209/collector/x.gz')).toBe(15317);
    expect(dayOfObject(PATTERN, 's3://logs/in.put/actions.2011/1209/_SUCCESS')).toBe(15317);
  });

  test('The pattern of the original’s image, with a folder for each month, names the days too', () => {
    const pattern = 's3://logs/actions.%y/%m/%d/*/*';
    expect(dayOfObject(pattern, 's3://logs/actions.2011/12/09/collector/x.gz')).toBe(15317);
    expect(dayFolderOf(pattern, 15317)).toBe('s3://logs/actions.2011/12/09');
  });

  test.each([
    's3://other/in.put/actions.2011/1209/x',
    's3://logs/inXput/actions.2011/1209/x',
    's3://logs/in.put/actions.2011/1340/x',
    's3://logs/in.put/actions.2011/0229/x',
    's3://logs/in.put/actions.2011/12099/x',
    's3://logs/in.put/actions.2011/1209',
    's3:///',
  ])('The object %s belongs to no day', (location) => {
    expect(dayOfObject(PATTERN, location)).toBeUndefined();
  });

  test('The folder that the pattern names for a day belongs to that day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), (day) => {
        expect(dayOfObject(PATTERN, `${dayFolderOf(PATTERN, day)}/c/x`)).toBe(day);
      }),
    );
  });

  test('A date that occurs twice must be the same', () => {
    const pattern = 's3://logs/%y/%m/%d/actions-%d/*';
    expect(dayOfObject(pattern, 's3://logs/2011/12/09/actions-09/x')).toBe(15317);
    expect(dayOfObject(pattern, 's3://logs/2011/12/09/actions-10/x')).toBeUndefined();
  });

  test('A date behind a star is refused', () => {
    expect(() => dayOfObject('s3://logs/*/%y%m%d/*', 's3://logs/a/20111209/x')).toThrow(/before the first \*/);
  });
});

describe('runs of a day', () => {
  const log = (key: string, etag = key) => ({ key, size: 1, etag });

  test('The run does not depend on the order of the logs', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), (keys) => {
        expect(
          dayRun(
            1,
            keys.map((key) => log(key)),
          ),
        ).toBe(
          dayRun(
            1,
            [...keys].reverse().map((key) => log(key)),
          ),
        );
      }),
    );
  });

  test('Other bytes, sizes, files and days give other runs', () => {
    const names = [
      ...[dayRun(1, [log('a')]), dayRun(1, [log('a', 'b')]), dayRun(1, [{ ...log('a'), size: 2 }])],
      ...[dayRun(1, [log('a'), log('b')]), dayRun(2, [log('a')])],
    ];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{16}$/);
  });
});

test('A day is run, awaited or ignored according to its marker and logs', () => {
  const [some, none] = ['0123456789abcdef', undefined];
  expect(decide('marker', { run: none, marked: true }, false)).toBe('nothing');
  expect(decide('marker', { run: some, marked: false }, false)).toBe('nothing');
  expect(decide('marker', { run: some, marked: true }, false)).toBe('run');
  expect(decide('marker', { run: some, marked: true }, true)).toBe('wait');
  expect(decide('quiet', { run: none, marked: true }, false)).toBe('nothing');
  expect(decide('quiet', { run: some, marked: false }, false)).toBe('wait');
});

test('A later decision has a later time, even when the clock does not', () => {
  const now = new Date('2011-12-10T00:00:00.000Z');
  expect(timeAfter(null, now)).toBe('2011-12-10T00:00:00.000Z');
  expect(timeAfter('2011-12-09T23:00:00.000Z', now)).toBe('2011-12-10T00:00:00.000Z');
  expect(timeAfter('2011-12-10T00:00:01.000Z', now)).toBe('2011-12-10T00:00:01.001Z');
});
