import { describe, expect, test } from 'vitest';
import {
  formatZooKeeperHosts,
  parseZooKeeperHosts,
  resolveZooKeeperHosts,
} from '../../../shared/config/zookeeper-hosts.ts';
import { ConfigError } from '../../../shared/errors.ts';

// ZooKeeper's default port is 2181. The guide's commands name the host only.
test.each([
  ['127.0.0.1', '127.0.0.1:2181'],
  ['localhost:2182', 'localhost:2182'],
  [' a:1 , b:65535, c ', 'a:1,b:65535,c:2181'],
  ['a,b/seldon/x', 'a:2181,b:2181/seldon/x'],
  ['a:1/', 'a:1'],
  ['a,,b,', 'a:2181,b:2181'],
])('The hosts %j are read as %s', (text, formatted) =>
  expect(formatZooKeeperHosts(parseZooKeeperHosts(text))).toBe(formatted),
);

describe('refused lists of hosts', () => {
  test.each([
    '',
    ',',
    '/chroot',
    'a:0',
    'a:65536',
    'a:x',
    'a:',
    'a:1:2',
    '[::1]:2181',
    'zk://a',
    ':2181',
    'a/../b',
    'a//b',
    'a b:1',
    '2852039166:2181',
    'good,169.254.169.254',
    'user:hunter2@a:2181',
  ])('The list %j is refused', (text) => expect(() => parseZooKeeperHosts(text)).toThrow(ConfigError));

  test('A password is not shown in the error', () => {
    expect(() => parseZooKeeperHosts('user:hunter2@a:2181')).toThrow(/^(?!.*hunter2)/);
    expect(() => parseZooKeeperHosts('hunter2@a:0')).toThrow(/^(?!.*hunter2)/);
  });
});

test('Names are resolved to IPv4 addresses, and an unknown name is left out when others are known', async () => {
  const hosts = parseZooKeeperHosts('127.0.0.1:1,no-such-host.invalid:2/x');
  expect(formatZooKeeperHosts(await resolveZooKeeperHosts(hosts))).toBe('127.0.0.1:1/x');
  const unknown = parseZooKeeperHosts('no-such-host.invalid');
  await expect(resolveZooKeeperHosts(unknown)).rejects.toThrow('no-such-host.invalid');
});
