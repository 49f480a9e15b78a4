/** Tests that a metered store counts exactly the requests that S3 receives. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PreconditionFailedError } from '../../../shared/errors.ts';
import { FileStore } from '../../../shared/store/file-store.ts';
import { meteredStore, noTraffic, type Traffic } from '../../../shared/store/metered-store.ts';
import { PART_BYTES } from '../../../shared/store/s3-requests.ts';
import { S3Store } from '../../../shared/store/s3-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { existingObject } from '../../helpers/existing-object.ts';
import { type S3Fake, startS3Fake } from '../../helpers/s3-fake.ts';
import { clientOfFake } from '../../helpers/s3-fake-client.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

let fake: S3Fake;
let client: ReturnType<typeof clientOfFake>;
let traffic: Traffic;
let store: Store;
let from: number;

beforeAll(async () => {
  fake = await startS3Fake();
  client = clientOfFake(fake);
});

beforeEach(() => {
  traffic = noTraffic();
  store = meteredStore(new S3Store(client, fake.bucket, 'root'), traffic);
  from = fake.requests.length;
});

afterAll(async () => {
  client.destroy();
  await fake[Symbol.asyncDispose]();
});

/** Returns the requests that S3 received, by what they cost. A listing is a GET of the bucket itself. */
function requestsMade(): Pick<Traffic, 'gets' | 'puts' | 'lists'> {
  const requests = fake.requests.slice(from);
  const lists = requests.filter(({ method, key }) => method === 'GET' && key === '').length;
  const count = (...methods: string[]) => requests.filter(({ method }) => methods.includes(method)).length;
  return { gets: count('GET', 'HEAD') - lists, puts: count('PUT', 'POST'), lists };
}

async function* chunksOf(bytes: number): AsyncIterable<Uint8Array> {
  for (let left = bytes; left > 0; left -= 1 << 20) yield new Uint8Array(Math.min(left, 1 << 20));
}

describe.each([1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES, 3 * PART_BYTES + 5])(
  'a body of %i bytes',
  (bytes) => {
    test('A streamed body needs as many requests as are counted', async () => {
      await store.put('streamed', chunksOf(bytes));
      expect(traffic).toMatchObject({
        ...requestsMade(),
        bytesWritten: bytes,
        furtherParts: requestsMade().puts - 1,
        bytesRead: 0,
      });
    });

    test('A body in one piece needs one request', async () => {
      await store.put('whole', new Uint8Array(bytes));
      expect(requestsMade().puts).toBe(1);
      expect(traffic).toMatchObject({ ...requestsMade(), bytesWritten: bytes, furtherParts: 0 });
    });
  },
);

describe.each([1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 5])(
  'linking an object of %i bytes to another key',
  (bytes) => {
    /** Links an object as publishing does it. */
    async function linked(through: Store): Promise<void> {
      await through.put('staged', chunksOf(bytes));
      const staged = await existingObject(through, 'staged');
      if (!(await through.link(staged, 'x'))) await through.put('x', through.stream('staged'));
    }

    test('Linking needs as many requests as are counted', async () => {
      await linked(store);
      expect(traffic).toMatchObject({ ...requestsMade(), bytesWritten: 2 * bytes });
    });

    test('A store on disk counts as many PUTs for a link as S3 receives', async () => {
      await linked(store);
      const onDisk = noTraffic();
      await linked(meteredStore(new FileStore(temporaryFolder()), onDisk));
      expect(onDisk).toMatchObject({
        puts: requestsMade().puts,
        furtherParts: traffic.furtherParts,
        bytesWritten: 2 * bytes,
      });
    });

    test('A link that is refused is counted too', async () => {
      await linked(store);
      const [puts, staged] = [requestsMade().puts, await existingObject(store, 'staged')];
      const again = async () =>
        (await store.link(staged, 'x', { absent: true })) || store.put('x', store.stream('staged'), { absent: true });
      await expect(again()).rejects.toThrow(PreconditionFailedError);
      expect(requestsMade().puts).toBeGreaterThan(puts);
      expect(traffic).toMatchObject(requestsMade());
    });
  },
);

test('Reads and the bytes read are counted as S3 counts them', async () => {
  await store.put('a/b', 'hello world');
  await store.head('a/b');
  await store.head('nothing');
  await store.get('a/b', { range: { start: 6 } });
  for await (const _ of store.stream('a/b'));
  for await (const _ of store.list('a/'));
  for await (const _ of store.list('none/'));
  expect(traffic).toEqual({ ...requestsMade(), bytesRead: 5 + 11, bytesWritten: 11, furtherParts: 0 });
  expect(requestsMade()).toEqual({ gets: 4, puts: 1, lists: 2 });
});

test('A failed request is counted because S3 charges for it', async () => {
  await expect(store.get('nothing')).rejects.toThrow();
  await store.put('once', 'x', { absent: true });
  await expect(store.put('once', 'x', { absent: true })).rejects.toThrow();
  expect(traffic).toMatchObject(requestsMade());
});
