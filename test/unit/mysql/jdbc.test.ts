import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../shared/errors.ts';
import { describeDatabase, parseJdbc } from '../../../shared/mysql/jdbc.ts';

const CANARY = 'canary-7c1f';

function refusal(url: string): string {
  try {
    parseJdbc(url, 'jdbc');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  return expect.fail(`${url} is not refused`);
}

describe('addresses that are understood', () => {
  // The first is the guide's own example.
  test.each([
    [
      'jdbc:mysql://localhost:3306/client?user=root&characterEncoding=utf8',
      { host: 'localhost', port: 3306, database: 'client', user: 'root', password: '' },
    ],
    [
      'jdbc:mysql://DB.example.com/shop?password=a%26b%25+c&user=u',
      { host: 'db.example.com', port: 3306, database: 'shop', user: 'u', password: 'a&b%+c' },
    ],
    [' jdbc:mysql://[::1]:3307/shop%20two ', { host: '::1', port: 3307, database: 'shop two', user: '', password: '' }],
    ['jdbc:mysql://10.0.0.7/shop?', { host: '10.0.0.7', port: 3306, database: 'shop', user: '', password: '' }],
    // A value may hold the sign that ends a key.
    ['jdbc:mysql://h/d?password=a=b==', { host: 'h', port: 3306, database: 'd', user: '', password: 'a=b==' }],
  ])('%s', (url, address) => {
    expect(parseJdbc(url)).toEqual(address);
  });

  test('whatever user, password and database hold, once it is percent-encoded', () => {
    const text = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((value) => !/\p{Cc}|[\uD800-\uDFFF]/u.test(value));
    fc.assert(
      fc.property(text, text, text, (database, user, password) => {
        const [d, u, p] = [database, user, password].map(encodeURIComponent);
        const address = parseJdbc(`jdbc:mysql://h:1/${d}?user=${u}&password=${p}`);
        expect(address).toEqual({ host: 'h', port: 1, database, user, password });
      }),
    );
  });
});

describe('addresses that are refused', () => {
  test.each([
    ['mysql://h/d', 'no address of a MySQL database'],
    ['jdbc:postgresql://h/d', 'no address of a MySQL database'],
    ['jdbc:mysql:loadbalance://h/d', 'no address of a MySQL database'],
    ['jdbc:mysql+srv://h/d', 'no address of a MySQL database'],
    ['jdbc:mysql://h', 'no address of a MySQL database'],
    ['jdbc:mysql://h/', 'no address of a MySQL database'],
    ['jdbc:mysql://h/d#x', 'no address of a MySQL database'],
    ['jdbc:mysql:///d', 'must name one host'],
    ['jdbc:mysql://a,b/d', 'must name one host'],
    ['jdbc:mysql://a:1,b:2/d', 'must name one host'],
    ['jdbc:mysql://(host=h,port=1)/d', 'must name one host'],
    ['jdbc:mysql://a b/d', 'is no host'],
    ['jdbc:mysql://h:0/d', 'port 0 is none'],
    ['jdbc:mysql://h:65536/d', 'port 65536 is none'],
    ['jdbc:mysql://169.254.169.254/d', 'metadata service'],
    ['jdbc:mysql://2852039166/d', 'metadata service'],
    ['jdbc:mysql://[::ffff:169.254.169.254]/d', 'metadata service'],
    ['jdbc:mysql://metadata.google.internal/d', 'metadata service'],
    ['jdbc:mysql://h/d?characterEncoding=utf8&characterEncoding=utf8', 'characterEncoding twice'],
    ['jdbc:mysql://h/d?characterEncoding=a%20b', 'no name of a character set'],
    ['jdbc:mysql://h/d?user=%0a', 'control character'],
    ['jdbc:mysql://h/d%zz', '%25 for the sign itself'],
  ])('%s: %s', (url, why) => {
    expect(refusal(url)).toContain(why);
  });

  // Parameters of Java's driver that read files, load classes, open sockets or change what a statement means.
  test.each(
    'allowLoadLocalInfile allowLoadLocalInfileInPath allowUrlInLocalInfile autoDeserialize socketFactory queryInterceptors statementInterceptors propertiesTransform connectionLifecycleInterceptors allowMultiQueries sessionVariables useSSL serverTimezone User'.split(
      ' ',
    ),
  )('parameter %s', (key) => {
    expect(refusal(`jdbc:mysql://h/d?user=u&${key}=true`)).toContain(`parameter ${key} is not understood`);
  });

  test.each([
    `jdbc:mysql://u:${CANARY}@h/d`,
    `jdbc:mysql://h/d?password=a&${CANARY}`,
    `jdbc:mysql://h/d?password=a&${CANARY}=1`,
    `jdbc:mysql://h/d?password=${CANARY}%zz`,
    `jdbc:mysql://h/d?password=${CANARY}&password=${CANARY}`,
    `jdbc:mysql://169.254.169.254/d?password=${CANARY}`,
    `jdbc:mysql://h/d?password=${CANARY}&allowMultiQueries=true`,
    `${CANARY}`,
  ])('and no message holds a password: %s', (url) => {
    expect(refusal(url)).not.toContain(CANARY);
  });
});

test('a database is described without its user', () => {
  expect(describeDatabase(parseJdbc('jdbc:mysql://[::1]/shop%20two?user=u&password=p'))).toBe(
    'mysql://[::1]:3306/shop%20two',
  );
});
