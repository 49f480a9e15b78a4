/** Tests S3Store when S3 or the network misbehaves. Its other behaviour is tested by the store contract. */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  AccessDeniedError,
  ConfigError,
  MissingObjectError,
  PreconditionFailedError,
  StoreUnavailableError,
} from '../../../shared/errors.ts';
import { readLines } from '../../../shared/lines/read-lines.ts';
import { putAbsent } from '../../../shared/store/put-absent.ts';
import { S3Store } from '../../../shared/store/s3-store.ts';
import type { ObjectInfo } from '../../../shared/store/store.ts';
import { collected } from '../../helpers/collected.ts';
import { existingObject } from '../../helpers/existing-object.ts';
import { type Fault, type S3Fake, startS3Fake } from '../../helpers/s3-fake.ts';
import { clientOfFake, clientWithoutRetries } from '../../helpers/s3-fake-client.ts';
import { expectSameBytes } from '../../helpers/same-bytes.ts';

let fake: S3Fake;
let client: S3Client;
let store: S3Store;

beforeEach(async () => {
  fake = await startS3Fake();
  client = clientOfFake(fake);
  store = new S3Store(client, fake.bucket, 'root');
});

afterEach(async () => {
  client.destroy();
  await fake[Symbol.asyncDispose]();
});

/** Lets the next requests of this method fail with `faults`, in order. All later requests succeed. */
function failNext(method: string, ...faults: Fault[]): void {
  const left = [...faults];
  fake.fault = (request) => (request.method === method ? left.shift() : undefined);
}

const requestsOf = (method: string): number => fake.requests.filter((request) => request.method === method).length;

function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = at * 31 + (at >> 8);
  return bytes;
}

async function streamed(key: string): Promise<Buffer> {
  return Buffer.concat(await collected(store.stream(key)));
}

describe('a response that breaks midway', () => {
  test('Reading continues where it broke, with one more request for each break and no byte twice', async () => {
    const bytes = pattern(300_001);
    await store.put('x', bytes);
    for (const read of [() => streamed('x'), async () => Buffer.from((await store.get('x')).bytes)]) {
      failNext('GET', 'reset', 'reset', 'reset');
      const before = requestsOf('GET');
      expectSameBytes(await read(), bytes, 'the object');
      expect(requestsOf('GET') - before).toBe(4); // the first and three more
    }
    expect(fake.faults).toBe(6);
  });

  test('Reading a range continues within the range', async () => {
    await store.put('x', pattern(1000));
    failNext('GET', 'reset', 'reset');
    const { bytes, size } = await store.get('x', { range: { start: 100, end: 900 } });
    expect([Buffer.compare(bytes, pattern(1000).subarray(100, 900)), size]).toEqual([0, 1000]);
  });

  test('Reading an object that was replaced meanwhile raises an error and never mixes the two', async () => {
    await store.put('x', pattern(300_000));
    failNext('GET', 'reset');
    const reading = async () => {
      let first = true;
      for await (const _ of store.stream('x')) {
        if (first) await store.put('x', 'other');
        first = false;
      }
    };
    await expect(reading()).rejects.toThrow(PreconditionFailedError);
  });

  test('A response that always breaks raises StoreUnavailableError after a bounded number of requests', async () => {
    await store.put('x', 'x'); // half of one byte is nothing, so no attempt advances
    fake.fault = ({ method }) => (method === 'GET' ? 'reset' : undefined);
    await expect(store.get('x')).rejects.toThrow(StoreUnavailableError);
    expect(requestsOf('GET')).toBe(6);
  });
});

describe('writes', () => {
  test('A write that conflicts with another is repeated, and permanent conflicts raise StoreUnavailableError', async () => {
    failNext('PUT', 'conflict', 'conflict');
    await store.put('x', 'x', { absent: true });
    expect(requestsOf('PUT')).toBe(3);
    fake.fault = () => 'conflict';
    await expect(store.delete('x', { ifMatch: 'any' })).rejects.toThrow(StoreUnavailableError);
    expect(requestsOf('DELETE')).toBe(6);
  });

  test('A write whose answer is lost is recognized by its content', async () => {
    failNext('PUT', 'lost');
    const { etag } = await store.put('x', 'mine', { absent: true });
    expect((await store.head('x'))?.etag).toBe(etag);
    failNext('PUT', 'lost');
    const newer = await store.put('x', 'newer', { ifMatch: etag });
    expect((await store.head('x'))?.etag).toBe(newer.etag);
  });

  test('A write that another writer overtook during its retries is refused', async () => {
    failNext('PUT', 'reset');
    fake.objects.set('root/x', Buffer.from('other'));
    const other = await new S3Store(client, fake.bucket, 'root').head('x');
    expect(other?.size).toBe(5);
    await store.put('y', 'y');
    failNext('PUT', 'reset');
    await expect(store.put('y', 'mine', { absent: true })).rejects.toThrow(PreconditionFailedError);
  });

  test('A stream whose source breaks leaves no object and no parts', async () => {
    const failing = async function* () {
      for (let part = 0; part < 3; part++) yield pattern(6_000_000);
      throw new Error('the source broke');
    };
    await expect(store.put('x', failing())).rejects.toThrow('the source broke');
    expect(fake.objects.size).toBe(0);
    expect(fake.requests.at(-1)).toMatchObject({ method: 'DELETE', key: 'root/x' }); // AbortMultipartUpload
  });

  test('Writes in parts obey conditions', async () => {
    const chunks = async function* () {
      for (let part = 0; part < 3; part++) yield pattern(4_000_000);
    };
    const { etag } = await store.put('x', chunks(), { absent: true });
    expect(etag).toMatch(/-2$/); // 12 MB are two parts of 8 MiB
    await expect(store.put('x', chunks(), { absent: true })).rejects.toThrow(PreconditionFailedError);
    await expect(store.put('x', chunks(), { ifMatch: 'other' })).rejects.toThrow(PreconditionFailedError);
    await expect(store.put('y', chunks(), { ifMatch: 'other' })).rejects.toThrow(PreconditionFailedError);
    await store.put('x', chunks(), { ifMatch: etag });
  });

  test.each([
    ['absent', { absent: true }],
    ['ifMatch', { ifMatch: 'any' }],
    ['no condition', undefined],
  ] as const)('An upload that was aborted under way is no failed condition (%s)', async (_, condition) => {
    const chunks = async function* () {
      for (let part = 0; part < 3; part++) yield pattern(4_000_000);
    };
    let posts = 0;
    fake.fault = ({ method }) => (method === 'POST' && ++posts === 2 ? 'aborted' : undefined);
    const written = store.put('x', chunks(), condition);
    await expect(written).rejects.toThrow(StoreUnavailableError);
    await expect(written).rejects.toThrow('PutObject s3://fake-bucket/root/x: 404 NoSuchUpload');
    expect([fake.faults, fake.objects.has('root/x')]).toEqual([1, false]);
  });

  test('A missing object fails the condition `ifMatch`, and under `absent` a 404 is never taken for an object', async () => {
    await expect(store.put('x', 'x', { ifMatch: 'any' })).rejects.toThrow(PreconditionFailedError);
    fake.fault = ({ method }) => (method === 'PUT' ? 'missing' : undefined);
    await expect(store.put('x', 'x', { absent: true })).rejects.toThrow(MissingObjectError);
    await expect(putAbsent(store, 'x', 'x')).rejects.toThrow(MissingObjectError);
    expect(fake.objects.has('root/x')).toBe(false);
  });
});

describe('links', () => {
  const LARGE = pattern(9_000_000);

  /** Writes a large object and returns its metadata. */
  async function staged(): Promise<ObjectInfo> {
    await store.put('staged', LARGE);
    return await existingObject(store, 'staged');
  }

  test('Small objects are not linked, because the caller writes them with one request', async () => {
    await store.put('staged', 'small');
    const seen = await existingObject(store, 'staged');
    const before = fake.requests.length;
    expect(await store.link(seen, 'x')).toBe(false);
    expect(fake.requests.length).toBe(before);
  });

  test('A link that conflicts with a write is repeated from the start, and permanent conflicts raise StoreUnavailableError', async () => {
    const seen = await staged();
    const ends: string[] = [];
    fake.fault = ({ method, number }) => {
      // Each link begins with a POST and ends with one.
      if (method === 'POST') ends.push(String(number));
      return method === 'POST' && ends.length === 2 ? 'conflict' : undefined;
    };
    expect(await store.link(seen, 'x', { absent: true })).toBe(true);
    expect([ends.length, fake.faults, requestsOf('DELETE')]).toEqual([4, 1, 1]);
    fake.fault = ({ method, key }) => (method === 'POST' && key === 'root/y' ? 'conflict' : undefined);
    await expect(store.link(seen, 'y')).rejects.toThrow(StoreUnavailableError);
    expect(fake.objects.has('root/y')).toBe(false);
  });

  test('A link whose upload was aborted under way is repeated from the start, also under `absent`', async () => {
    const seen = await staged();
    let posts = 0;
    fake.fault = ({ method }) => (method === 'POST' && ++posts === 2 ? 'aborted' : undefined);
    expect(await store.link(seen, 'x', { absent: true })).toBe(true);
    expect([posts, fake.faults]).toEqual([4, 1]);
    expectSameBytes((await store.get('x')).bytes, LARGE, 'x');
  });

  test('A link whose last answer is lost fails, but the object exists and is complete', async () => {
    const seen = await staged();
    let posts = 0;
    fake.fault = ({ method }) => (method === 'POST' && ++posts === 2 ? 'lost' : undefined);
    await expect(store.link(seen, 'x', { absent: true })).rejects.toThrow(PreconditionFailedError);
    expect(fake.faults).toBe(1);
    expectSameBytes((await store.get('x')).bytes, LARGE, 'x');
  });
});

describe('errors', () => {
  test('Throttled requests are repeated and finally raise StoreUnavailableError', async () => {
    await store.put('x', 'x');
    failNext('GET', 'throttle', 'throttle');
    expect((await store.get('x')).size).toBe(1);
    const impatient = clientWithoutRetries(fake.endpoint);
    fake.fault = () => 'throttle';
    const refused = new S3Store(impatient, fake.bucket).get('root/x');
    await expect(refused).rejects.toThrow(StoreUnavailableError);
    await expect(refused).rejects.toThrow(/s3:\/\/fake-bucket\/root\/x: 503 SlowDown after 1 attempts/);
    await expect(refused).rejects.toThrow('Run the same command again later');
    impatient.destroy();
  });

  test('An unreachable endpoint raises an error that says what to check', async () => {
    const nowhere = clientWithoutRetries('http://127.0.0.1:1');
    const refused = new S3Store(nowhere, fake.bucket).get('root/x');
    await expect(refused).rejects.toThrow(StoreUnavailableError);
    await expect(refused).rejects.toThrow(/root\/x: Error after 1 attempts: .*ECONNREFUSED.*AWS_ENDPOINT_URL/);
    nowhere.destroy();
  });

  test('A condition that fails after the answer has begun is recognized', async () => {
    const hasty = clientWithoutRetries(fake.endpoint);
    let posts = 0;
    fake.fault = ({ method }) => (method === 'POST' && ++posts === 2 ? 'late' : undefined);
    const parts = async function* () {
      for (let part = 0; part < 3; part++) yield pattern(4_000_000);
    };
    const written = new S3Store(hasty, fake.bucket).put('x', parts(), { absent: true });
    await expect(written).rejects.toThrow(PreconditionFailedError);
    expect(fake.faults).toBe(1);
    hasty.destroy();
  });

  test.each([
    ['s3:PutObject on arn:aws:s3:::fake-bucket/root/x', () => store.put('x', 'x')],
    ['s3:GetObject on arn:aws:s3:::fake-bucket/root/x (when', () => store.get('x')],
    ['s3:GetObject on arn:aws:s3:::fake-bucket/root/x (when', () => store.head('x')],
    ['s3:DeleteObject on arn:aws:s3:::fake-bucket/root/x', () => store.delete('x')],
    ['s3:ListBucket on arn:aws:s3:::fake-bucket', () => collected(store.list('a/'))],
  ])('A refusal names the permission %s', async (permission, call) => {
    fake.fault = () => 'denied';
    const refused = call();
    await expect(refused).rejects.toThrow(AccessDeniedError);
    await expect(refused).rejects.toThrow(permission);
  });

  test('A missing bucket is a configuration error and not a missing object', async () => {
    const nowhere = new S3Store(client, 'no-such-bucket');
    await expect(nowhere.get('x')).rejects.toThrow(ConfigError);
    await expect(nowhere.put('x', 'x', { ifMatch: 'any' })).rejects.toThrow(/there is no bucket no-such-bucket/);
    await expect(store.get('x')).rejects.toThrow(MissingObjectError);
  });

  test('An endpoint without a server raises StoreUnavailableError', async () => {
    const nobody = clientWithoutRetries('http://127.0.0.1:9');
    await expect(new S3Store(nobody, 'bucket').head('x')).rejects.toThrow(StoreUnavailableError);
    nobody.destroy();
  });
});

test('Folder markers of consoles are not objects, and a store without prefix sees the whole bucket', async () => {
  fake.objects.set('root/', Buffer.alloc(0));
  fake.objects.set('root/day/', Buffer.alloc(0));
  await store.put('day/x', 'x');
  const keys = async (of: S3Store) => (await collected(of.list(''))).map(({ key }) => key);
  expect(await keys(store)).toEqual(['day/x']);
  expect(await keys(new S3Store(client, fake.bucket))).toEqual(['root/day/x']);
});

test('When a fifth of the requests fail, all work completes with at most 1.6 times the requests', async () => {
  // 11 and 5 are coprime, so the faults meet first attempts, retries and every kind of request.
  fake.fault = ({ number }) => (number % 5 === 3 ? (number % 11 < 5 ? 'throttle' : 'reset') : undefined);
  const keys = Array.from({ length: 60 }, (_, at) => `object-${at}`);
  await Promise.all(
    keys.map(async (key, at) => {
      const bytes = pattern(1000 + 997 * at);
      const { etag } = await store.put(key, bytes, { absent: true });
      const { bytes: got } = await store.get(key, { ifMatch: etag });
      expectSameBytes(got, bytes, key);
      expectSameBytes(await streamed(key), bytes, `${key}, streamed`);
    }),
  );
  expect((await collected(store.list(''))).length).toBe(60);
  const needed = 60 * 3 + 1;
  expect(fake.faults).toBeGreaterThan(0.15 * fake.requests.length);
  expect(fake.requests.length).toBeLessThanOrEqual(1.6 * needed);
});

describe('a key with an empty segment that another program wrote', () => {
  test('Such a key is listed and read as listed, and nothing can be written under it', async () => {
    const content = pattern(3 << 20);
    for (const key of ['web//b', '/c', 'web///d.log']) {
      await client.send(new PutObjectCommand({ Bucket: fake.bucket, Key: `root/${key}`, Body: content }));
    }
    const found = await collected(store.list(''));
    expect(found.map(({ key }) => key)).toEqual(['/c', 'web///d.log', 'web//b']);
    for (const { key, size, etag } of found) {
      expect((await store.get(key, { ifMatch: etag, listed: true })).bytes).toEqual(content);
      let bytes = 0;
      const count = (_: Buffer, start: number, end: number) => {
        bytes += end - start;
      };
      const sink = { line: count, tooLong: count };
      await readLines(store, { key, size, etag }, sink);
      await readLines(store, { key, size, etag, range: { start: 1 << 20, end: 2 << 20 } }, sink);
      expect(bytes).toBeGreaterThan(1 << 20);
      await expect(store.get(key)).rejects.toThrow(ConfigError);
      await expect(store.put(key, 'x')).rejects.toThrow(ConfigError);
    }
  });
});
