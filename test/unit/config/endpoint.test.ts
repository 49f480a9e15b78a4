import { describe, expect, test } from 'vitest';
import { allowedAddresses, allowedHost } from '../../../shared/config/endpoint.ts';

describe('hosts of cloud metadata services', () => {
  // 169.254.169.254 = 0xA9FEA9FE = 2852039166; 0251.0376 octal = 169.254.
  test.each([
    '169.254.169.254',
    '169.254.0.1',
    '2852039166',
    '0xA9FEA9FE',
    '0xa9.0xfe.0xa9.0xfe',
    '0251.0376.0251.0376',
    '025177524776',
    '169.254.43518',
    '169.16689662',
    '１６９.254.169.254',
    '169。254。169。254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '[::ffff:a9fe:a9fe]',
    '::169.254.169.254',
    '64:ff9b::169.254.169.254',
    '2002:a9fe:a9fe::1',
    'fe80::1',
    'febf::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    'metadata.google.internal',
    'METADATA.google.internal.',
    '169.254.169.254.',
  ])('The host %s is refused before a connection is opened', (host) =>
    expect(() => allowedHost(host)).toThrow(/is refused/),
  );
});

test.each([
  ['localhost', 'localhost'],
  ['127.0.0.1', '127.0.0.1'],
  ['10.1.2.3', '10.1.2.3'],
  ['192.168.0.1', '192.168.0.1'],
  ['::1', '::1'],
  ['fd12:3456::1', 'fd12:3456::1'],
  ['ZooKeeper-1.internal', 'zookeeper-1.internal'],
  ['169.253.255.255', '169.253.255.255'],
  ['fec0::1', 'fec0::1'],
  ['2130706433', '127.0.0.1'], // 0x7f000001
  ['my_host', 'my_host'],
])('The host %s is allowed and written as %s', (host, canonical) => expect(allowedHost(host)).toBe(canonical));

test.each([
  '',
  ' ',
  'a b',
  'host:2181',
  'host/path',
  'host?x',
  'a#b',
  'http://host',
  '09.1.1.1',
  'fe80::1%eth0',
  '%31',
  'host;password=x',
  'a=b',
])('The text %j is refused because it is not a host', (host) => expect(() => allowedHost(host)).toThrow(/is no host/));

test.each([
  ['user:hunter2@host', '"***@host" is no host'],
  ['host;hunter2', '"host;***" is no host'],
  ['host,password=hunter2', '"***" is no host'],
])('A password in %s is not shown in the error', (host, message) => {
  expect(() => allowedHost(host)).toThrow(message);
});

describe('addresses that the resolver returns', () => {
  const found =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

  test.each([
    [['169.254.169.254']],
    [['fd00:ec2::254']],
    [['::ffff:169.254.169.254']],
    [['64:ff9b::a9fe:a9fe']],
    [['fe80::1%eth0']],
    [['100.100.100.200']],
    // One refused address is enough, because the connection may use any of them.
    [['10.0.0.7', '169.254.169.254']],
    [['169.254.169.254', '10.0.0.7']],
  ])('A name is refused when it resolves to %j', async (addresses) => {
    const looked = allowedAddresses('database.example.com', found(...addresses));
    await expect(looked).rejects.toThrow('"database.example.com" is refused');
  });

  test("Allowed addresses keep the resolver's order", async () => {
    expect(await allowedAddresses('db', found('10.0.0.7', 'fd12::1', '127.0.0.1'))).toEqual([
      { address: '10.0.0.7', family: 4 },
      { address: 'fd12::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]);
  });

  test('The checked spelling of a name is looked up', async () => {
    const asked: string[] = [];
    await allowedAddresses('DB.Example.com', async (host) => {
      asked.push(host);
      return [];
    });
    expect(asked).toEqual(['db.example.com']);
  });
});

test("allowedAddresses returns the addresses of the system's resolver", async () => {
  expect(await allowedAddresses('127.0.0.1')).toEqual([{ address: '127.0.0.1', family: 4 }]);
  expect(await allowedAddresses('2130706433')).toEqual([{ address: '127.0.0.1', family: 4 }]);
  await expect(allowedAddresses('169.254.1.1')).rejects.toThrow(/is refused/);
});
