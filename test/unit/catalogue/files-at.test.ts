/** Tests settings such as `itemsPath`, which name one file or a folder of files. */
import { describe, expect, test } from 'vitest';
import { filesAt } from '../../../shared/catalogue/files-at.ts';
import { AccessDeniedError } from '../../../shared/errors.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

/** Returns a function that opens stores by location, each with its keys. */
const stores = (all: Readonly<Record<string, readonly string[]>>) => async (location: string) => {
  const store = new MemoryStore(location);
  for (const key of all[location] ?? []) await store.put(key, 'x');
  return store;
};

const keysAt = async (location: string, openStore: (location: string) => Promise<MemoryStore>) => {
  const { store, objects } = await filesAt('itemsPath', location, openStore);
  return objects.map(({ key }) => `${store.root} ${key}`);
};

describe('settings that name files', () => {
  test('A setting can name one file', async () => {
    const openStore = stores({ 's3://shop/data': ['items.ndjson', 'other.ndjson'] });
    expect(await keysAt('s3://shop/data/items.ndjson', openStore)).toEqual(['s3://shop/data items.ndjson']);
  });

  test('A setting can name a folder, and means the files directly in it', async () => {
    const openStore = stores({ 's3://shop/data': ['b.ndjson', 'a.ndjson', 'deeper/c.ndjson'] });
    expect(await keysAt('s3://shop/data', openStore)).toEqual(['s3://shop/data a.ndjson', 's3://shop/data b.ndjson']);
  });

  test('A location without files is an error that names the setting and the location', async () => {
    await expect(keysAt('s3://shop/data', stores({}))).rejects.toMatchObject({
      name: 'NoInputError',
      message: expect.stringMatching(/itemsPath: .*s3:\/\/shop\/data/),
    });
  });

  test.each([
    ['s3://shop/data', /^itemsPath: GET x: 403\. On AWS, put it below the output root, or .* readablePaths/],
    ['/shop/data', /^itemsPath: GET x: 403\.$/],
  ])('A location that may not be read, %s, is an error with the cure', async (location, message) => {
    class Closed extends MemoryStore {
      override async head(): Promise<never> {
        throw new AccessDeniedError('GET x: 403.');
      }
    }
    await expect(filesAt('itemsPath', location, async (root) => new Closed(root))).rejects.toMatchObject({
      name: 'AccessDeniedError',
      message: expect.stringMatching(message),
    });
  });
});
