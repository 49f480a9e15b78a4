/** Tests the order in which data reaches the disk. The system calls that matter are recorded in their order. */
import type * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { FileStore } from '../../../shared/store/file-store.ts';
import { existingObject } from '../../helpers/existing-object.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const calls = vi.hoisted(() => ({ made: [] as string[], opened: new Map<number, string>(), failing: '' }));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  const named = (path: string) => path.slice(path.lastIndexOf('/') + 1).replace(/^\.(.*)\..*\.tmp$/, 'draft of $1');
  const flush =
    (name: 'fdatasync' | 'fsync') =>
    (fd: number, done: (error: Error | null) => void): void => {
      calls.made.push(`flush ${calls.opened.get(fd)}`);
      const fails = calls.failing === name || calls.failing === `${name} once`;
      if (calls.failing === `${name} once`) calls.failing = '';
      if (fails) done(Object.assign(new Error('EIO'), { code: 'EIO' }));
      else real[name](fd, done);
    };
  return {
    ...real,
    openSync: (path: string, ...rest: [string]) => {
      const fd = real.openSync(path, ...rest);
      calls.opened.set(fd, named(path));
      return fd;
    },
    fdatasync: flush('fdatasync'),
    fsync: flush('fsync'),
    fsyncSync: (fd: number) => {
      calls.made.push(`flush ${calls.opened.get(fd)}`);
      real.fsyncSync(fd);
    },
    linkSync: (from: string, to: string) => {
      real.linkSync(from, to);
      calls.made.push(`link ${named(to)}`);
    },
    renameSync: (from: string, to: string) => {
      real.renameSync(from, to);
      calls.made.push(`rename ${named(to)}`);
    },
    mkdirSync: (path: string, ...rest: []) => {
      real.mkdirSync(path, ...rest);
      calls.made.push(`folder ${named(path)}`);
    },
  };
});

beforeEach(() => {
  calls.made = [];
  calls.failing = '';
});

test('A draft is flushed before it becomes the object, and its folder and every new folder are flushed too', async () => {
  const root = join(temporaryFolder(), 'root');
  calls.made = [];
  await new FileStore(root).put('a/x', 'text');
  expect(calls.made.slice(0, 4)).toEqual(['folder root', expect.stringMatching(/^flush /), 'folder a', 'flush root']);
  expect(calls.made.slice(4)).toEqual(['flush draft of x', 'link x', 'flush a']);
});

test('Replacing an object and linking one flush the draft first and the folder afterwards', async () => {
  const store = new FileStore(join(temporaryFolder(), 'root'));
  await store.put('x', 'one');
  calls.made = [];
  await store.put('x', 'two', { ifMatch: (await existingObject(store, 'x')).etag });
  expect(calls.made).toEqual(['flush draft of x', 'rename x', 'flush root']);
  calls.made = [];
  await store.link(await existingObject(store, 'x'), 'y', { absent: true });
  expect(calls.made).toEqual(['link draft of y', 'link y', 'flush root']);
});

test('A large object begins to be flushed while it is still being written', async () => {
  const store = new FileStore(join(temporaryFolder(), 'root'));
  const chunk = new Uint8Array(8 << 20);
  const body = async function* () {
    for (let count = 0; count < 10; count++) {
      yield chunk;
      if (calls.made.length > 4) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  calls.made = [];
  await store.put('x', body());
  expect(calls.made.filter((call) => call === 'flush draft of x').length).toBeGreaterThanOrEqual(2);
});

test('An error of a flush that ran during writing is not lost, although the system reports it only once', async () => {
  const store = new FileStore(join(temporaryFolder(), 'root'));
  const body = async function* () {
    for (let count = 0; count < 5; count++) yield new Uint8Array(8 << 20);
  };
  calls.made = [];
  calls.failing = 'fdatasync once';
  await expect(store.put('x', body())).rejects.toThrow('look at the disk');
  expect(await store.head('x')).toBeUndefined();
});

test('An object that cannot be flushed is not created', async () => {
  const store = new FileStore(join(temporaryFolder(), 'root'));
  calls.failing = 'fdatasync';
  await expect(store.put('x', 'text')).rejects.toThrow('look at the disk');
  calls.failing = '';
  expect(await store.head('x')).toBeUndefined();
});
