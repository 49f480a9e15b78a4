import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../shared/errors.ts';
import { describeDatabase, parseJdbc, withoutHiddenNames } from '../../../shared/mysql/jdbc.ts';

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

describe('addresses that are accepted', () => {
  // The first one is the example of the original guide.
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
    // A value may contain the sign that ends a key.
    ['jdbc:mysql://h/d?password=a=b==', { host: 'h', port: 3306, database: 'd', user: '', password: 'a=b==' }],
  ])('The address %s is parsed', (url, address) => {
    expect(parseJdbc(url)).toEqual({ ...address, sslMode: 'PREFERRED', serverSslCert: undefined, warnings: [] });
  });

  test('User, password and database may contain any character that is percent-encoded', () => {
    const text = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((value) => !/\p{Cc}|[\uD800-\uDFFF]/u.test(value));
    const userName = text.filter((value) => !/;|password/i.test(value));
    const databaseName = fc
      .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
      .filter((value) => /^[\p{L}\p{M}\p{N}_$ @+~-]+$/u.test(value));
    fc.assert(
      fc.property(databaseName, userName, text, (database, user, password) => {
        const [d, u, p] = [database, user, password].map(encodeURIComponent);
        const address = parseJdbc(`jdbc:mysql://h:1/${d}?user=${u}&password=${p}`);
        expect(address).toMatchObject({ host: 'h', port: 1, database, user, password });
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
    ['jdbc:mysql://h:0/d', '0 is no port'],
    ['jdbc:mysql://h:65536/d', '65536 is no port'],
    ['jdbc:mysql://169.254.169.254/d', 'metadata service'],
    ['jdbc:mysql://2852039166/d', 'metadata service'],
    ['jdbc:mysql://[::ffff:169.254.169.254]/d', 'metadata service'],
    ['jdbc:mysql://metadata.google.internal/d', 'metadata service'],
    ['jdbc:mysql://h/d?characterEncoding=utf8&characterEncoding=utf8', 'characterEncoding twice'],
    ['jdbc:mysql://h/d?characterEncoding=a%20b', 'no name of a character set'],
    ['jdbc:mysql://h/d?user=%0a', 'control character'],
    ['jdbc:mysql://h/d%zz', '%25 for the sign itself'],
    ['jdbc:mysql://h/d;useSSL=true', 'no database has such a name'],
    ['jdbc:mysql://h/d&user=u', 'no database has such a name'],
    ['jdbc:mysql://h/d,x', 'no database has such a name'],
    ['jdbc:mysql://h/d%3bx', 'no database has such a name'],
    [`jdbc:mysql://h/${'d'.repeat(65)}`, 'no database has such a name'],
    ['jdbc:mysql://h/d?user=u;useSSL=true', 'user holds a second parameter'],
    ['jdbc:mysql://h/d?sslMode=SECURE', 'sslMode is none of DISABLED'],
    ['jdbc:mysql://h/d?useSSL=maybe', 'useSSL is neither true nor false'],
    ['jdbc:mysql://h/d?useSSL=false&requireSSL=true', 'contradicts requireSSL'],
    ['jdbc:mysql://h/d?serverSslCert=', 'serverSslCert is empty'],
    ['jdbc:mysql://10.0.0.7/d?sslMode=VERIFY_IDENTITY', 'give its name, not its address'],
    ['jdbc:mysql://[::1]/d?sslMode=VERIFY_IDENTITY', 'give its name, not its address'],
  ])('The address %s is refused: %s', (url, why) => {
    expect(refusal(url)).toContain(why);
  });

  // Parameters of Java's driver that read files, load classes, open sockets or change the meaning of a statement.
  test.each(
    'allowLoadLocalInfile allowLoadLocalInfileInPath allowUrlInLocalInfile autoDeserialize socketFactory queryInterceptors statementInterceptors propertiesTransform connectionLifecycleInterceptors allowMultiQueries sessionVariables logger useSsl User'.split(
      ' ',
    ),
  )('The parameter %s is refused', (key) => {
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
    `jdbc:mysql://127.0.0.1:1/d;password=${CANARY}`,
    `jdbc:mysql://127.0.0.1:1/d;${CANARY}`,
    `jdbc:mysql://127.0.0.1:1/d%3bpassword=${CANARY}`,
    `jdbc:mysql://127.0.0.1:1/d&password=${CANARY}`,
    `jdbc:mysql://127.0.0.1:1/d,password=${CANARY}`,
    `jdbc:mysql://127.0.0.1;password=${CANARY}:1/d`,
    `jdbc:mysql://127.0.0.1:1;password=${CANARY}/d`,
    `jdbc:mysql://127.0.0.1;${CANARY}/d`,
    `jdbc:mysql://password=${CANARY}/d`,
    `jdbc:mysql://h/d?user=root;password=${CANARY}`,
    `jdbc:mysql://h/d?user=root%3Bpassword%3D${CANARY}`,
    `jdbc:mysql://h/d?user=root,password=${CANARY}`,
    `jdbc:mysql://h/d?characterEncoding=utf8;password=${CANARY}`,
    `jdbc:mysql://h/d?sslMode=REQUIRED;password=${CANARY}`,
    `jdbc:mysql://h/d?useSSL=true;password=${CANARY}`,
    `jdbc:mysql://h/d?;password=${CANARY}`,
    `jdbc:mysql://h/d?serverSslCert=&password=${CANARY}`,
    `jdbc:mysql://h/d?serverSslCert=/a.pem;password=${CANARY}`,
  ])('No error shows the password in %s', (url) => {
    expect(refusal(url)).not.toContain(CANARY);
  });
});

test('A key behind a password is not shown, because the password may contain a plain &', () => {
  expect(refusal('jdbc:mysql://h/d?password=a&CANARY=1')).not.toContain('CANARY');
});

describe('TLS', () => {
  test.each([
    ['', 'PREFERRED'],
    ['sslMode=DISABLED', 'DISABLED'],
    ['sslMode=PREFERRED', 'PREFERRED'],
    ['sslMode=REQUIRED', 'REQUIRED'],
    ['sslMode=VERIFY_CA', 'VERIFY_CA'],
    ['sslMode=VERIFY_IDENTITY', 'VERIFY_IDENTITY'],
    ['sslMode=required', 'REQUIRED'],
    // These are the names of MariaDB's driver.
    ['sslMode=disable', 'DISABLED'],
    ['sslMode=trust', 'REQUIRED'],
    ['sslMode=verify-ca', 'VERIFY_CA'],
    ['sslMode=verify-full', 'VERIFY_IDENTITY'],
    ['useSSL=true', 'PREFERRED'],
    ['useSSL=false', 'DISABLED'],
    ['useSSL=true&requireSSL=true', 'REQUIRED'],
    ['requireSSL=true', 'REQUIRED'],
    ['useSSL=true&requireSSL=true&verifyServerCertificate=true', 'VERIFY_CA'],
    ['useSSL=true&verifyServerCertificate=false', 'PREFERRED'],
    ['useSSL=false&sslMode=REQUIRED', 'REQUIRED'],
    ['serverSslCert=/a.pem', 'VERIFY_CA'],
    ['serverSslCert=/a.pem&verifyServerCertificate=false', 'PREFERRED'],
    ['serverSslCert=/a.pem&useSSL=true&requireSSL=true', 'REQUIRED'],
  ])('The parameters "%s" mean the mode %s', (query, sslMode) => {
    expect(parseJdbc(`jdbc:mysql://h/d?${query}`).sslMode).toBe(sslMode);
  });

  test.each(['/etc/ssl/database.pem', 's3://bucket/certificates/rds.pem'])(
    'A certificate may be stored at %s',
    (place) => {
      const url = `jdbc:mysql://h/d?sslMode=VERIFY_CA&serverSslCert=${place}`;
      expect(parseJdbc(url)).toMatchObject({ serverSslCert: place, warnings: [] });
    },
  );

  test.each(['PREFERRED', 'REQUIRED', 'DISABLED'])(
    'A certificate without effect in mode %s gives a warning',
    (mode) => {
      const [warning] = parseJdbc(`jdbc:mysql://h/d?sslMode=${mode}&serverSslCert=/a.pem`).warnings;
      expect(warning).toContain(`no effect with sslMode=${mode}`);
    },
  );
});

test('A parameter without effect is ignored with a warning, and its value is not shown', () => {
  const url = `jdbc:mysql://h/d?serverTimezone=${CANARY}&user=u&autoReconnect=true&useUnicode=yes`;
  expect(parseJdbc(url)).toMatchObject({
    user: 'u',
    warnings: ['jdbc: serverTimezone, autoReconnect, useUnicode have no effect here'],
  });
});

test('A database whose name contains the word password is not named in messages', () => {
  const address = parseJdbc('jdbc:mysql://h/my_password_1');
  expect(describeDatabase(address)).toBe('mysql://h:3306/***');
  expect(withoutHiddenNames("Unknown database 'my_password_1'", address)).toBe("Unknown database '***'");
});

test('The description of a database omits its user', () => {
  expect(describeDatabase(parseJdbc('jdbc:mysql://[::1]/shop%20two?user=u&password=p'))).toBe(
    'mysql://[::1]:3306/shop%20two',
  );
});
