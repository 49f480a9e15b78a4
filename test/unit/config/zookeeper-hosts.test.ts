import { describe, expect, test } from 'vitest';
import {
  formatZooKeeperHosts,
  parseZooKeeperHosts,
  resolveZooKeeperHosts,
} from '../../../shared/config/zookeeper-hosts.ts';
import { ConfigError } from '../../../shared/errors.ts';

// 2181 is ZooKeeper's own port; the guide's commands name the host alone.
test.each([
  ['127.0.0.1', '127.0.0.1:2181'],
  ['localhost:2182', 'localhost:2182'],
  [' a:1 , b:65535, c ', 'a:1,b:65535,c:2181'],
  ['a,b/seldon/x', 'a:2181,b:2181/seldon/x'],
  ['a:1/', 'a:1'],
  ['a,,b,', 'a:2181,b:2181'],
])('%j is %s', (text, formatted) => expect(formatZooKeeperHosts(parseZooKeeperHosts(text))).toBe(formatted));

describe('refused', () => {
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
  ])('%j', (text) => expect(() => parseZooKeeperHosts(text)).toThrow(ConfigError));

  test('without showing a password', () => {
    expect(() => parseZooKeeperHosts('user:hunter2@a:2181')).toThrow(/^(?!.*hunter2)/);
    expect(() => parseZooKeeperHosts('hunter2@a:0')).toThrow(/^(?!.*hunter2)/);
  });
});

test('names are resolved to IPv4 addresses; one that is unknown is left out while others are not', async () => {
  const hosts = parseZooKeeperHosts('127.0.0.1:1,no-such-host.invalid:2/x');
  expect(formatZooKeeperHosts(await resolveZooKeeperHosts(hosts))).toBe('127.0.0.1:1/x');
  const unknown = parseZooKeeperHosts('no-such-host.invalid');
  await expect(resolveZooKeeperHosts(unknown)).rejects.toThrow('no-such-host.invalid');
});
