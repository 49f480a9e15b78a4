import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  AccessDeniedError,
  ConfigError,
  CorruptInputError,
  LimitError,
  MissingObjectError,
  PreconditionFailedError,
  StoreUnavailableError,
} from '../../../shared/errors.ts';
import { threadEtags } from '../../../shared/store/etag-memory.ts';
import { fileError } from '../../../shared/store/file-errors.ts';
import { newOwner } from '../../../shared/store/file-owner.ts';
import { FileStore } from '../../../shared/store/file-store.ts';
import { collected } from '../../helpers/collected.ts';
import { existingObject } from '../../helpers/existing-object.ts';
import { deadProcess, ownerWith } from '../../helpers/lock-owners.ts';
import { expectSameBytes } from '../../helpers/same-bytes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const FOLDER_WRITER = new URL('../../helpers/folder-writer.ts', import.meta.url).pathname;

const keysOf = async (store: FileStore, prefix = ''): Promise<string[]> =>
  (await collected(store.list(prefix))).map(({ key }) => key);

describe('objects as files', () => {
  test('An object is a plain file, and a plain file is an object', async () => {
    const folder = temporaryFolder();
    const store = new FileStore(folder);
    await store.put('a/b.txt', 'written');
    expect(readFileSync(join(folder, 'a/b.txt'), 'utf8')).toBe('written');
    writeFileSync(join(folder, 'a/c.txt'), 'by hand');
    expect(new TextDecoder().decode((await store.get('a/c.txt')).bytes)).toBe('by hand');
    expect(readdirSync(join(folder, 'a'))).toEqual(['b.txt', 'c.txt']);
  });

  test('The root may be missing, and empty folders except the root vanish with their last object', async () => {
    const folder = join(temporaryFolder(), 'new/root');
    const store = new FileStore(folder);
    expect(await keysOf(store)).toEqual([]);
    await store.put('a/b/c/x', 'x');
    await store.put('a/y', 'y');
    await store.delete('a/b/c/x');
    expect(readdirSync(join(folder, 'a'))).toEqual(['y']);
    await store.delete('a/y');
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['a/', 'caf\xe9.log', 'caf\\xe9.log'],
    ['a/b/c/', '\xff', '\\xff'],
    ['a/', 'b\\\xc3 (1)/x', 'b\\x5c\\xc3\\x20(1)'],
  ])('Below %s the name %j, which is not UTF-8, raises an error that shows it as %s', async (folder, name, shown) => {
    const root = temporaryFolder();
    const store = new FileStore(root);
    // U+FFFD, which replaces bytes that are not UTF-8, may occur in a name.
    await store.put(`${folder}fine \ufffd`, 'x');
    expect(await keysOf(store)).toEqual([`${folder}fine \ufffd`]);
    const path = Buffer.concat([Buffer.from(join(root, folder, '/')), Buffer.from(name, 'latin1')]);
    if (name.includes('/')) mkdirSync(path.subarray(0, path.lastIndexOf('/')));
    writeFileSync(path, 'x');
    await expect(keysOf(store)).rejects.toThrow(CorruptInputError);
    await expect(keysOf(store)).rejects.toThrow(`${join(root, folder)}`.replace(/\/$/, ''));
    await expect(keysOf(store)).rejects.toThrow(`the name ${shown} is not UTF-8`);
  });

  test('Symbolic links are followed, broken links are no objects, and a circular link raises an error', async () => {
    const folder = temporaryFolder();
    const elsewhere = temporaryFolder();
    mkdirSync(join(elsewhere, 'day'));
    writeFileSync(join(elsewhere, 'day/log'), 'line');
    symlinkSync(join(elsewhere, 'day'), join(folder, 'linked'));
    symlinkSync(join(elsewhere, 'day/log'), join(folder, 'log'));
    symlinkSync('/no/such/place', join(folder, 'broken'));
    const store = new FileStore(folder);
    expect(await keysOf(store)).toEqual(['linked/log', 'log']);
    expect((await store.get('linked/log')).size).toBe(4);
    expect(await store.head('broken')).toBeUndefined();
    symlinkSync(folder, join(elsewhere, 'day/back'));
    await expect(keysOf(store)).rejects.toThrow(/linked\/back is a link to a folder that contains it/);
  });

  test.each([
    [
      'a link that leads nowhere',
      (path: string) => symlinkSync('/no/such/place', path),
      'is a link that leads nowhere',
    ],
    ['a link to itself', (path: string) => symlinkSync(path, path), 'is a link that leads nowhere'],
    ['a pipe', (path: string) => execFileSync('mkfifo', [path]), 'is not a file but a pipe'],
  ])(
    'An entry that is %s raises an error for a reader that wants its name and is left out for all others',
    async (_what, make, said) => {
      const root = temporaryFolder();
      mkdirSync(join(root, 'day'));
      writeFileSync(join(root, 'day/b'), 'line');
      make(join(root, 'day/a'));
      const list = async (isWanted?: (key: string) => boolean) => {
        const objects = await collected(new FileStore(root).list('', isWanted && { isWanted }));
        return objects.map(({ key }) => key);
      };
      await expect(list((key) => key === 'day/a')).rejects.toThrow(CorruptInputError);
      await expect(list((key) => key === 'day/a')).rejects.toThrow(`${join(root, 'day/a')} ${said}`);
      expect(await list((key) => key !== 'day/a')).toEqual(['day/b']);
      expect(await list()).toEqual(['day/b']);
    },
  );

  test('No folder is made below a link that leads nowhere, and the error names the link', async () => {
    const root = temporaryFolder();
    symlinkSync('/no/such/place', join(root, 'shop'));
    const writing = new FileStore(root).put('shop/actions/15317/part-00000', 'x');
    await expect(writing).rejects.toThrow(`${join(root, 'shop')} is a link that leads nowhere`);
    await expect(writing).rejects.toBeInstanceOf(ConfigError);
  });

  test('A name of 255 bytes is accepted and a longer one is refused', async () => {
    const store = new FileStore(temporaryFolder());
    const longest = `${'é'.repeat(127)}x`; // 2 × 127 + 1 = 255 bytes
    await store.put(`a/${longest}`, 'x');
    expect(await keysOf(store)).toEqual([`a/${longest}`]);
    await store.delete(`a/${longest}`);
    await expect(store.put(`a/${longest}x`, 'x')).rejects.toThrow(/at most 255 bytes/);
  });

  test('A file cannot also be a folder', async () => {
    const store = new FileStore(temporaryFolder());
    await store.put('a', 'x');
    await expect(store.put('a/b', 'x')).rejects.toThrow(ConfigError);
    await expect(store.put('a/b/c', 'x')).rejects.toThrow(ConfigError);
    await store.put('d/e', 'x');
    await expect(store.put('d', 'x')).rejects.toThrow(ConfigError);
    await expect(store.get('a/b')).rejects.toThrow(MissingObjectError);
    expect(await keysOf(store)).toEqual(['a', 'd/e']);
  });

  test('The store knows whether the disk ignores case', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'probe'), '');
    expect(await new FileStore(join(folder, 'new')).ignoresCase()).toBe(existsSync(join(folder, 'PROBE')));
    expect(readdirSync(join(folder, 'new'))).toEqual([]);
  });
});

describe('ETags', () => {
  test('An ETag follows the content, also when another program changes the file in place', async () => {
    const folder = temporaryFolder();
    const store = new FileStore(folder);
    const { etag: first } = await store.put('x', 'one');
    appendFileSync(join(folder, 'x'), '!');
    await expect(store.get('x', { ifMatch: first })).rejects.toThrow(PreconditionFailedError);
    await expect(store.get('x', { ifMatch: first, range: { start: 0, end: 1 } })).rejects.toThrow(
      PreconditionFailedError,
    );
    expect((await store.head('x'))?.etag).toBe((await new FileStore(temporaryFolder()).put('y', 'one!')).etag);
  });

  test('A file replaced before its ETag was read has an ETag that never matches', async () => {
    const folder = temporaryFolder();
    const store = new FileStore(folder);
    writeFileSync(join(folder, 'x'), 'one');
    const seen = await store.head('x');
    const listed: string[] = [];
    for await (const info of store.list('')) {
      writeFileSync(join(folder, 'x'), 'three');
      listed.push(info.etag);
    }
    const now = (await store.head('x'))?.etag;
    expect([seen?.etag, ...listed]).toEqual([expect.stringMatching(/^replaced:/), expect.stringMatching(/^replaced:/)]);
    expect(now).toMatch(/^[0-9a-f]{32}$/);
  });

  test('A change of the same size within one tick of the clock is noticed', async () => {
    const folder = temporaryFolder();
    const store = new FileStore(folder);
    for (let at = 0; at < 20; at++) {
      writeFileSync(join(folder, 'x'), `${at % 10}`);
      const { bytes, etag } = await store.get('x');
      writeFileSync(join(folder, 'x'), `${(at + 1) % 10}`);
      utimesSync(join(folder, 'x'), 1, 1);
      await expect(store.get('x', { ifMatch: etag })).rejects.toThrow(PreconditionFailedError);
      expect(bytes).toEqual(new TextEncoder().encode(`${at % 10}`));
    }
  });

  test('A stream notices that its file is being written to', async () => {
    const folder = temporaryFolder();
    const store = new FileStore(folder);
    const { etag } = await store.put('x', new Uint8Array(600_000));
    const chunks = store.stream('x', { ifMatch: etag })[Symbol.asyncIterator]();
    expect((await chunks.next()).value).toHaveLength(256 * 1024);
    appendFileSync(join(folder, 'x'), '!');
    const rest = async () => {
      while (!(await chunks.next()).done);
    };
    await expect(rest()).rejects.toThrow(PreconditionFailedError);
  });

  test('Only transient chunks share their memory', async () => {
    const store = new FileStore(temporaryFolder());
    await store.put('x', new Uint8Array(600_000));
    for (const [transient, buffers] of [
      [true, 1],
      [false, 3],
    ] as const) {
      const seen = new Set<ArrayBufferLike>();
      for await (const chunk of store.stream('x', { transient })) seen.add(chunk.buffer);
      expect(seen.size).toBe(buffers);
    }
  });

  test('A reader of an object that is replaced meanwhile gets the old bytes', async () => {
    const store = new FileStore(temporaryFolder());
    const { etag } = await store.put('x', new Uint8Array(600_000).fill(1));
    let sum = 0;
    for await (const chunk of store.stream('x', { ifMatch: etag })) {
      if (sum === 0) await store.put('x', 'other');
      sum += chunk.reduce((total, byte) => total + byte, 0);
    }
    expect(sum).toBe(600_000);
  });
});

test('A link is one file under two names, also when the file is linked over itself', async () => {
  const folder = temporaryFolder();
  const store = new FileStore(folder);
  const { etag } = await store.put('work/staged', 'new');
  const staged = await existingObject(store, 'work/staged');
  expect(await store.link(staged, 'out/x', { absent: true })).toBe(true);
  expect(statSync(join(folder, 'out/x')).ino).toBe(statSync(join(folder, 'work/staged')).ino);
  // A rename does nothing when both names are the same file.
  expect(await store.link(staged, 'out/x', { ifMatch: etag })).toBe(true);
  await store.delete('work/staged');
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['out', 'out/x']);
});

describe('a known hash', () => {
  const HASH = 'ab'.repeat(32);
  const linkedIn = async (folder: string, touch: () => Promise<void> | void): Promise<string | undefined> => {
    const store = new FileStore(folder);
    await store.put('work/staged', 'new');
    // Makes the file older than one tick of the clock.
    await sleep(60);
    const staged = await existingObject(store, 'work/staged');
    await store.link(staged, 'out/x');
    await touch();
    store.knowHash(staged, 'out/x', HASH);
    return (await store.head('out/x'))?.etag;
  };

  test('A known hash becomes the ETag of the linked object without reading it', async () => {
    expect(await linkedIn(temporaryFolder(), () => undefined)).toBe(HASH.slice(0, 32));
  });

  test('A known hash is not used for a file that was replaced or deleted', async () => {
    const folder = temporaryFolder();
    const { etag } = await new FileStore(temporaryFolder()).put('y', 'old');
    const replace = async () => void (await new FileStore(folder).put('out/x', 'old'));
    expect(await linkedIn(folder, replace)).toBe(etag);
    const gone = temporaryFolder();
    expect(await linkedIn(gone, () => new FileStore(gone).delete('out/x'))).toBeUndefined();
  });
});

test('ETags of files of a megabyte or more are kept for later runs, and smaller files are read again', async () => {
  const folder = temporaryFolder();
  const store = new FileStore(folder);
  await store.put('large', new Uint8Array(1 << 20));
  await store.put('small', 'x');
  await sleep(60);
  const log = join(temporaryFolder(), 'etags');
  threadEtags.share({ logPath: log });
  const etags = [(await store.head('large'))?.etag, (await store.head('small'))?.etag];
  expect(readFileSync(log, 'utf8')).toMatch(new RegExp(`^\\S+ ${etags[0]}\n$`));
});

describe('files left behind by dead processes', () => {
  test('Drafts and locks are not objects, and those of dead processes are deleted', async () => {
    const folder = temporaryFolder();
    const lock = `.${'0'.repeat(32)}.lock`;
    const dead = `.x.${ownerWith({ pid: deadProcess() })}.tmp`;
    const living = `.x.${newOwner()}.tmp`;
    for (const name of [dead, living, '.plain.tmp']) writeFileSync(join(folder, name), 'half');
    symlinkSync(ownerWith({ pid: deadProcess() }), join(folder, lock));
    const store = new FileStore(folder);
    expect(await keysOf(store)).toEqual(['.plain.tmp']);
    for (const name of [dead, lock]) {
      await expect(store.get(name)).rejects.toThrow(/kept for temporary files and locks/);
      await expect(store.put(name, 'x')).rejects.toThrow(ConfigError);
    }
    await store.put('x', 'x');
    expect(readdirSync(folder).sort()).toEqual(['.plain.tmp', living, 'x'].sort());
  });

  test('A writer killed at any moment leaves only whole objects, and the next writer completes', async () => {
    const folder = temporaryFolder();
    const store = new FileStore(folder);
    let partial = 0;
    for (let round = 0; round < 12; round++) {
      const writer = spawn(process.execPath, [FOLDER_WRITER, 'objects', folder, `${round}`]);
      await once(writer.stdout, 'data'); // it has begun
      await sleep(3 * round);
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      for await (const { key, size } of store.list('')) {
        // Each object contains its own key, 20,000 times.
        const { bytes } = await store.get(key);
        expectSameBytes(bytes, key.repeat(20_000), `${key}, ${size} bytes`);
      }
      partial += readdirSync(folder, { recursive: true }).filter((name) => `${name}`.endsWith('.tmp')).length;
    }
    expect(partial, 'no kill interrupted a write, so the test proves nothing').toBeGreaterThan(0);
    const last = spawnSync(process.execPath, [FOLDER_WRITER, 'few-objects', folder, '0']);
    expect(last.status, `${last.stderr}`).toBe(0);
    expect(readdirSync(folder, { recursive: true }).filter((name) => /\.(tmp|lock)/.test(`${name}`))).toEqual([]);
  }, 20_000);
});

test('Processes that increment one number with ifMatch lose no increment', async () => {
  const folder = temporaryFolder();
  const writers = [0, 1, 2].map(() => spawn(process.execPath, [FOLDER_WRITER, 'add', folder, '25']));
  const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0]));
  expect(codes).toEqual([0, 0, 0]);
  expect(readFileSync(join(folder, 'shared/number'), 'utf8').trim()).toBe('75'); // 3 processes × 25
  expect(readdirSync(join(folder, 'shared'))).toEqual(['number']);
});

test('list reports the sizes on disk', async () => {
  const folder = temporaryFolder();
  const store = new FileStore(folder);
  await store.put('a/x', 'four');
  for await (const { key, size } of store.list('a/')) expect(size).toBe(statSync(join(folder, key)).size);
});

describe('errors of the file system', () => {
  test.each([
    ['a folder', (path: string) => mkdirSync(path), 'a folder'],
    ['a link that leads nowhere', (path: string) => symlinkSync('/nowhere/at/all', path), 'a link that leads nowhere'],
    ['a link to a folder', (path: string) => symlinkSync('/', path), 'a link to something that is not a file'],
  ])(
    'An entry that is %s and stands where an object is to be written is named in the error',
    async (_case, make, what) => {
      const folder = temporaryFolder();
      const store = new FileStore(folder);
      await store.put('staged', 'x');
      make(join(folder, 'part-00000'));
      const said = `${join(folder, 'part-00000')} is ${what}, and a file must be written here: remove or rename it`;
      for (const body of ['x', 'x'.repeat(3_000_000)]) {
        const writing = store.put('part-00000', body, { absent: true });
        await expect(writing).rejects.toThrow(said);
        await expect(writing).rejects.toBeInstanceOf(ConfigError);
      }
      const linking = store.link(await existingObject(store, 'staged'), 'part-00000', { absent: true });
      await expect(linking).rejects.toThrow(said);
      expect(readdirSync(folder).sort()).toEqual(['part-00000', 'staged']);
    },
  );

  test('A place where no folder can be made is reported at once', async () => {
    const writing = new FileStore('/proc/offline-models-test').put('a/b', 'x');
    await expect(writing).rejects.toBeInstanceOf(AccessDeniedError);
    await expect(writing).rejects.toThrow('/proc/offline-models-test: the file system has no place for folders there');
  });

  test.each([
    ['EROFS', AccessDeniedError, 'mounted read-only'],
    ['EACCES', AccessDeniedError, 'Give this user the right'],
    ['ENOSPC', LimitError, 'make room'],
    ['EMFILE', StoreUnavailableError, 'ulimit -n'],
    ['ENFILE', StoreUnavailableError, 'ulimit -n'],
    ['EIO', StoreUnavailableError, 'look at the disk'],
  ])('The error %s is translated into a named error with a cure and the path', (code, type, words) => {
    const error = fileError(Object.assign(new Error(code), { code }), 'writing', '/somewhere/x');
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).toContain('/somewhere/x');
  });
});

describe('a protected object', () => {
  test('A protected object cannot be written in place and shares its bytes with its source', async () => {
    const folder = temporaryFolder();
    const store = new FileStore(folder);
    await store.put('staged', 'text');
    await store.link(await existingObject(store, 'staged'), 'published', { absent: true });
    await store.protect('published');
    const [staged, published] = ['staged', 'published'].map((name) => statSync(join(folder, name)));
    expect(published?.mode).toBe(0o100444 & ~process.umask());
    expect(published?.ino).toBe(staged?.ino);
  });

  test('A protected object can still be replaced, linked and removed by the store', async () => {
    const folder = temporaryFolder();
    const store = new FileStore(folder);
    await store.put('x', 'one');
    await store.protect('x');
    await store.put('x', 'two');
    expect(statSync(join(folder, 'x')).mode & 0o200).toBe(0o200);
    await store.protect('x');
    await store.link(await existingObject(store, 'x'), 'y', { absent: true });
    await store.delete('x');
    expect(new TextDecoder().decode((await store.get('y')).bytes)).toBe('two');
    await store.protect('gone');
  });
});

test('holds compares the actual bytes, whatever is known about the file', async () => {
  const folder = temporaryFolder();
  const store = new FileStore(folder);
  await store.put('x', 'text');
  const info = await existingObject(store, 'x');
  const sha256 = hash('sha256', 'text');
  store.knowHash(info, 'x', sha256);
  expect(await store.holds(info, sha256)).toBe(true);
  const { atime, mtime } = statSync(join(folder, 'x'));
  writeFileSync(join(folder, 'x'), 'tex7');
  utimesSync(join(folder, 'x'), atime, mtime);
  expect(await store.holds(info, sha256)).toBe(false);
});
