import { expect, test } from 'vitest';
import { checkZooKeeperPath, keyOfNode, pathSegment } from '../../../shared/config/node-path.ts';
import { ConfigError } from '../../../shared/errors.ts';

test.each(['', '.', '..', 'a/b', '../x', 'a\0'])('%j names no node', (name) =>
  expect(() => pathSegment(name)).toThrow(ConfigError),
);

test.each(['%2e%2e', '...', 'a b', 'client1', 'ünï'])('%j names a node', (name) =>
  expect(pathSegment(name)).toBe(name),
);

test('a path loses its first slash alone', () => {
  expect(keyOfNode('/all_clients/c/mf')).toBe('all_clients/c/mf');
});

test.each(['/all_clients/🎉', '/a\u0085', '/a\u{f000}', '/a\n'])('%j cannot be in ZooKeeper', (path) =>
  expect(() => checkZooKeeperPath(path)).toThrow(/ZooKeeper cannot hold/),
);

test('but umlauts and Japanese can', () => {
  expect(() => checkZooKeeperPath('/all_clients/ünï日本')).not.toThrow();
});
