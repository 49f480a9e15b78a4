import { expect, test } from 'vitest';
import { checkZooKeeperPath, keyOfNode, pathSegment } from '../../../shared/config/node-path.ts';
import { ConfigError } from '../../../shared/errors.ts';

test.each(['', '.', '..', 'a/b', '../x', 'a\0'])('The text %j is refused as the name of a node', (name) =>
  expect(() => pathSegment(name)).toThrow(ConfigError),
);

test.each(['%2e%2e', '...', 'a b', 'client1', 'ünï'])('The text %j is accepted as the name of a node', (name) =>
  expect(pathSegment(name)).toBe(name),
);

test('The key of a node is its path without the first slash', () => {
  expect(keyOfNode('/all_clients/c/mf')).toBe('all_clients/c/mf');
});

test.each(['/all_clients/🎉', '/a\u0085', '/a\u{f000}', '/a\n'])('ZooKeeper cannot hold the path %j', (path) =>
  expect(() => checkZooKeeperPath(path)).toThrow(/ZooKeeper cannot hold/),
);

test('ZooKeeper can hold umlauts and Japanese', () => {
  expect(() => checkZooKeeperPath('/all_clients/ünï日本')).not.toThrow();
});
