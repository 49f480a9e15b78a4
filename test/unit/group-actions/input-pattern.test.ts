import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkPlaceholders,
  expandPattern,
  inputPattern,
  parseDateString,
} from '../../../functions/group-actions/input-pattern.ts';
import { UsageError } from '../../../shared/errors.ts';

describe('dates in a pattern', () => {
  test('Month and day are inserted with two digits', () => {
    // 2015-02-25 is day 16491, the example of the original guide.
    const pattern = 's3n://logs/actions.%y/%m%d/*/*';
    expect(expandPattern(pattern, 16_491)).toBe('s3n://logs/actions.2015/0225/*/*');
    // As the original's image writes them.
    expect(expandPattern('/logs/actions.%y/%m/%d/*/*', 16_491)).toBe('/logs/actions.2015/02/25/*/*');
    expect(expandPattern('%y-%m-%d/%y', 0)).toBe('1970-01-01/1970');
    expect(expandPattern('%y%m%d', 2_932_896)).toBe('99991231');
    expect(expandPattern('/no/date/%x/%', 16_491)).toBe('/no/date/%x/%');
  });
});

describe('placeholders of a pattern', () => {
  test.each(['/logs/%y/%m%d/*/*', '/logs/100%/%y', 's3n://logs/actions.%y/%m%d/*.gz', 'file:///a%20b%e9/%y', '%d%m%y'])(
    'The pattern %s has only known placeholders',
    (pattern) => expect(() => checkPlaceholders(pattern)).not.toThrow(),
  );

  test.each([
    ['/logs/%Y/%m%d/*', "'%Y'"],
    ['/logs/%y/%e9', "'%e'"],
    ['/logs/%y%H', "'%H'"],
    ['file:///logs/%Y%20', "'%Y'"],
    ['/logs/**/*.gz', "'**'"],
  ])('The pattern %s is refused because of %s', (pattern, named) => {
    expect(() => checkPlaceholders(pattern)).toThrow(UsageError);
    expect(() => checkPlaceholders(pattern)).toThrow(named);
  });
});

describe('date strings', () => {
  test.each([
    ['20111209', 15_317],
    ['2011-12-09', 15_317],
    ['15317', 15_317],
    // the first and the last second of the day
    ['1323388800', 15_317],
    ['1323475199', 15_317],
    ['1323475200', 15_318],
    ['0', 0],
    ['20120229', 15_399],
    // Nine digits are the shortest epoch seconds, in 1973.
    ['100000000', 1_157],
    ['99991231', 2_932_896],
    ['2932896', 2_932_896],
  ])('The text %s is day %d', (text, day) => expect(parseDateString(text)).toBe(day));

  test.each([
    ...['', ' ', 'today', '2011/12/09', '2011-12-9', '2011-1209', '20111232', '20111301', '20110229', '2011-02-29'],
    ...['-1', '+1', '1.5', '1e4', '0x10', ' 15317', '15317 ', '15317\n', '１５３１７', '20111209T00', 'NaN'],
    // After the year 9999, `%y` would have more than four digits.
    ...['2932897', '9999999', '253402300800', '999999999999999', '99999999999999999999'],
  ])('The text %j is refused as a date', (text) => {
    expect(() => parseDateString(text)).toThrow(UsageError);
    expect(() => parseDateString(text)).toThrow('yyyyMMdd, yyyy-mm-dd, a day number');
  });

  test('Every form of a date means the same day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_158, max: 2_932_896 }), fc.integer({ min: 0, max: 86_399 }), (day, second) => {
        const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
        for (const text of [date, date.replaceAll('-', ''), String(day), String(day * 86_400 + second)]) {
          expect(parseDateString(text)).toBe(day);
        }
      }),
    );
  });
});

describe('files that a pattern matches', () => {
  const matching = (pattern: string, keys: readonly string[]) => keys.filter(inputPattern(pattern).matches);

  test('A pattern begins in the folder before its first star', () => {
    expect(inputPattern('/logs/actions.2011/1209/*/*').folder).toBe('/logs/actions.2011/1209');
    expect(inputPattern('s3://bucket/actions.2011/12*').folder).toBe('s3://bucket/actions.2011');
    expect(inputPattern('s3://bucket/*').folder).toBe('s3://bucket');
    expect(inputPattern('/*').folder).toBe('/');
    // Without a star, the last segment is a file or a folder whose files are read.
    expect(inputPattern('/logs/day/').folder).toBe('/logs');
  });

  test('A pattern matches files, and the files of matching folders', () => {
    const keys = ['x', 'a/x', 'a/b/x', 'a/b/c/x'];
    expect(matching('/logs/*', keys)).toEqual(['x', 'a/x']);
    expect(matching('/logs/*/*', keys)).toEqual(['a/x', 'a/b/x']);
    expect(matching('/logs/*/b/*', keys)).toEqual(['a/b/x', 'a/b/c/x']);
  });

  test('A pattern without a star matches a file or the files of a folder', () => {
    expect(matching('/logs/day', ['day', 'day/x', 'day/x/y', 'day2', 'days/x', 'xday'])).toEqual(['day', 'day/x']);
  });

  test('A star matches any part of one name, including none', () => {
    const keys = ['a.log', 'a.log.gz', 'log', 'a.log2', 'a/.log', 'b.logs/x', 'line\nbreak.log'];
    expect(matching('/logs/*.log', keys)).toEqual(['a.log', 'line\nbreak.log']);
    expect(matching('/logs/a*log*', keys)).toEqual(['a.log', 'a.log.gz', 'a.log2']);
    expect(matching('/logs/log*', keys)).toEqual(['log']);
  });

  test('All characters except the star stand for themselves', () => {
    const names = ['a+b?(c)[d]{e}^$|\\', 'aab', 'axb', 'a.b'];
    expect(matching('/logs/a+b?(c)[d]{e}^$|\\*', names)).toEqual([names[0]]);
    expect(matching('/logs/*a.b', names)).toEqual(['a.b']);
  });

  test('Files and folders whose names start with _ or . are skipped', () => {
    const keys = ['_SUCCESS', '.x', 'a/_x', 'a/.x', '_a/x', '.a/x', 'a_/x.', 'a/x_'];
    expect(matching('/logs/*', keys)).toEqual(['a_/x.', 'a/x_']);
    expect(matching('/logs/*/*', keys)).toEqual(['a_/x.', 'a/x_']);
    expect(matching('/logs/_*', ['_x'])).toEqual([]);
  });

  test('A folder whose name starts with _ is read only where the pattern spells it out', () => {
    const keys = ['a/_raw/x', '_raw/_raw/x', '_raw/a', 'a/_raw/_x', 'a/_raws/x'];
    expect(matching('/logs/*/_raw/*', keys)).toEqual(['a/_raw/x']);
    expect(matching('/logs/_raw/*/*', ['a/x', '_raw/x'])).toEqual(['a/x']);
  });
});
