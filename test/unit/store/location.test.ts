import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../shared/errors.ts';
import { FileStore } from '../../../shared/store/file-store.ts';
import { childLocation, formatLocation, parseLocation, readerLocation } from '../../../shared/store/location.ts';
import { openStore } from '../../../shared/store/open-store.ts';

describe('parseLocation', () => {
  test.each([
    ['s3://bucket/a/b', 's3://bucket/a/b'],
    ['s3n://bucket/a/b/', 's3://bucket/a/b'],
    ['s3a://bucket', 's3://bucket'],
    ['S3://Old_Bucket.name//a//', 's3://Old_Bucket.name/a'],
    ['s3://bucket/%2e%2e/ä b', 's3://bucket/%2e%2e/ä b'],
    ['/x', '/x'],
    ['/x/y/../z/', '/x/z'],
    ['/', '/'],
    ['file:///x', '/x'],
    ['file:/x', '/x'],
    ['file://localhost/x', '/x'],
    ['file:///a%20b', '/a b'],
    ['local:/x', '/x'],
    ['local:///x', '/x'],
    ['local:x', '/base/x'],
    ['x/y', '/base/x/y'],
    ['../x', '/x'],
    ['.', '/base'],
    ['./a:b', '/base/a:b'],
  ])('The location %s is read as %s', (text, canonical) => {
    const location = parseLocation(text, '/base');
    expect(formatLocation(location)).toBe(canonical);
    expect(parseLocation(canonical)).toEqual(location);
  });

  test('A location is parsed into scheme, bucket and prefix, or scheme and path', () => {
    expect(parseLocation('s3n://bucket/a/b/')).toEqual({ scheme: 's3', bucket: 'bucket', prefix: 'a/b' });
    expect(parseLocation('s3://bucket')).toEqual({ scheme: 's3', bucket: 'bucket', prefix: '' });
    expect(parseLocation('local:/x/')).toEqual({ scheme: 'file', path: '/x' });
  });

  test.each([
    ['', 'it is empty'],
    ['  ', 'it is empty'],
    ['a\0b', 'no path can have'],
    ['s3://', 'not the name of a bucket'],
    ['s3:///a', 'not the name of a bucket'],
    ['s3://b!/a', 'not the name of a bucket'],
    ['s3://bucket/a//b', 'segment ""'],
    ['s3://bucket/../b', 'segment ".."'],
    ['hdfs://host/x', 'hdfs: is not known'],
    ['http://host/x', 'http: is not known'],
    ['s3:bucket/x', 's3: is not known'],
    ['file://host/x', 'names no host'],
    ['file:x', 'is absolute'],
    ['file:///a%2', 'hexadecimal'],
  ])('The location %j is refused with the words: %s', (text, why) => {
    expect(() => parseLocation(text, '/base')).toThrow(ConfigError);
    expect(() => parseLocation(text, '/base')).toThrow(why);
    expect(() => parseLocation(text, '/base')).toThrow('Allowed are s3://bucket/prefix');
  });

  test('A relative path is refused when there is no base', () => {
    expect(() => parseLocation('x')).toThrow('a relative path has no meaning here');
  });

  test('Credentials in a location are refused and not repeated in the message', () => {
    expect(() => parseLocation('s3n://AKIAKEY:secret/with@slash@bucket/x')).toThrow(ConfigError);
    for (const text of ['s3n://AKIAKEY:hush@bucket/x', 's3n://AKIAKEY:hu/sh@bucket/x']) {
      let message = '';
      try {
        parseLocation(text);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toContain('refused');
      expect(message).not.toMatch(/AKIAKEY|hu|sh@/);
    }
  });
});

test('A child location lies below its parent', () => {
  expect(childLocation(parseLocation('s3://b-1/a'), 'c/d/')).toEqual({ scheme: 's3', bucket: 'b-1', prefix: 'a/c/d' });
  expect(childLocation(parseLocation('s3://b-1'), 'c')).toEqual({ scheme: 's3', bucket: 'b-1', prefix: 'c' });
  expect(childLocation(parseLocation('/a'), 'c/d/')).toEqual({ scheme: 'file', path: '/a/c/d' });
});

test.each([
  ['s3://bucket/models', undefined, 's3n://bucket/models/c/mf/16491'],
  ['s3n://bucket', 's3a' as const, 's3a://bucket/c/mf/16491'],
  ['/models/', undefined, '/models/c/mf/16491'],
  ['local:/models', 's3a' as const, '/models/c/mf/16491'],
])('For the output root %s with scheme %s the serving reader is given %s', (root, scheme, expected) => {
  expect(readerLocation(root, 'c/mf/16491/', scheme)).toBe(expected);
});

test('openStore returns the same store for every spelling of one location', async () => {
  const store = await openStore('/some/folder');
  expect(store).toBeInstanceOf(FileStore);
  expect(store.root).toBe('/some/folder');
  expect(await openStore('local:/some/folder/')).toBe(store);
  expect((await openStore('s3a://bucket/prefix/')).root).toBe('s3://bucket/prefix');
  await expect(openStore('relative')).rejects.toThrow(ConfigError);
});
