import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayFolderOf, dayOfObject, dayRun, decide, timeAfter } from '../../../functions/day-arrival/core.ts';

const PATTERN = 's3://logs/in.put/actions.%y/%m%d/*/*';

describe('the day of an object', () => {
  test('is that of the folder it lies in', () => {
    // 2011-12-09 is day 15317. Source: `date -ud 2011-12-09 +%s` / 86,400.
    expect(dayOfObject(PATTERN, 's3://logs/in.put/actions.2011/1209/collector/x.gz')).toBe(15317);
    expect(dayOfObject(PATTERN, 's3://logs/in.put/actions.2011/1209/_SUCCESS')).toBe(15317);
  });

  test.each([
    's3://other/in.put/actions.2011/1209/x',
    's3://logs/inXput/actions.2011/1209/x',
    's3://logs/in.put/actions.2011/1340/x',
    's3://logs/in.put/actions.2011/0229/x',
    's3://logs/in.put/actions.2011/12099/x',
    's3://logs/in.put/actions.2011/1209',
    's3:///',
  ])('is none for %s', (location) => {
    expect(dayOfObject(PATTERN, location)).toBeUndefined();
  });

  test('is the one whose folder the pattern names, for every day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), (day) => {
        expect(dayOfObject(PATTERN, `${dayFolderOf(PATTERN, day)}/c/x`)).toBe(day);
      }),
    );
  });

  test('may be named twice, alike', () => {
    const pattern = 's3://logs/%y/%m/%d/actions-%d/*';
    expect(dayOfObject(pattern, 's3://logs/2011/12/09/actions-09/x')).toBe(15317);
    expect(dayOfObject(pattern, 's3://logs/2011/12/09/actions-10/x')).toBeUndefined();
  });

  test('cannot be told where it stands behind a star', () => {
    expect(() => dayOfObject('s3://logs/*/%y%m%d/*', 's3://logs/a/20111209/x')).toThrow(/before the first \*/);
  });
});

describe('the run of a day', () => {
  const log = (key: string, etag = key) => ({ key, size: 1, etag });

  test('does not depend on the order of its logs', () => {
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

  test('is another for other bytes, another size, another file, another day', () => {
    const names = [
      ...[dayRun(1, [log('a')]), dayRun(1, [log('a', 'b')]), dayRun(1, [{ ...log('a'), size: 2 }])],
      ...[dayRun(1, [log('a'), log('b')]), dayRun(2, [log('a')])],
    ];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{16}$/);
  });
});

test('what is to be done about a day', () => {
  const [some, none] = ['0123456789abcdef', undefined];
  expect(decide('marker', { run: none, marked: true }, false)).toBe('nothing');
  expect(decide('marker', { run: some, marked: false }, false)).toBe('nothing');
  expect(decide('marker', { run: some, marked: true }, false)).toBe('run');
  expect(decide('marker', { run: some, marked: true }, true)).toBe('wait');
  expect(decide('quiet', { run: none, marked: true }, false)).toBe('nothing');
  expect(decide('quiet', { run: some, marked: false }, false)).toBe('wait');
});

test('a later decision has a later time, whatever the clock says', () => {
  const now = new Date('2011-12-10T00:00:00.000Z');
  expect(timeAfter(null, now)).toBe('2011-12-10T00:00:00.000Z');
  expect(timeAfter('2011-12-09T23:00:00.000Z', now)).toBe('2011-12-10T00:00:00.000Z');
  expect(timeAfter('2011-12-10T00:00:01.000Z', now)).toBe('2011-12-10T00:00:01.001Z');
});
