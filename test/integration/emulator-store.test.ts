/** The S3 store on the emulator's S3, a server that is not part of this project: the contract of all stores, and copies. */
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Emulator } from '../../localstack/emulator.ts';
import { startEmulator } from '../../localstack/start-emulator.ts';
import { PreconditionFailedError } from '../../shared/errors.ts';
import { copyObject } from '../../shared/store/s3-copy.ts';
import { S3Store } from '../../shared/store/s3-store.ts';
import type { ObjectInfo } from '../../shared/store/store.ts';
import { storeContract } from '../contract/store.contract.ts';
import { clientOptions } from '../helpers/localstack.ts';
import { expectSameBytes } from '../helpers/same-bytes.ts';

const BUCKET = 'stores';
const INSTALL_TIMEOUT_MS = 600_000;
let emulator: Emulator;
let client: S3Client;
let stores = 0;

beforeAll(async () => {
  emulator = await startEmulator();
  client = new S3Client({ ...clientOptions(emulator), forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
}, INSTALL_TIMEOUT_MS);

afterAll(async () => {
  client.destroy();
  await emulator.stop();
});

storeContract({
  name: 'S3 (emulator)',
  makeStore: async () => new S3Store(client, BUCKET, `tests/${stores++}`),
  histories: 10,
});

test('an object copied in parts has the same bytes, and a copy is refused when its condition does not hold', async () => {
  const partBytes = 5 * 1024 * 1024;
  const bytes = Buffer.alloc(3 * partBytes + 7, 'text whose period does not divide a part. ');
  const store = new S3Store(client, BUCKET);
  await store.put('copied/from', bytes);
  const { size, etag } = (await store.head('copied/from')) as ObjectInfo;
  const request = { bucket: BUCKET, from: 'copied/from', size, etag, to: 'copied/to' };
  await copyObject(client, { ...request, condition: { IfNoneMatch: '*' } }, partBytes);
  const copied = await store.get('copied/to');
  expectSameBytes(copied.bytes, bytes, 'the copy');
  expect(copied.etag).toMatch(/-4$/);
  const again = copyObject(client, { ...request, condition: { IfNoneMatch: '*' } }, partBytes);
  await expect(again).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await copyObject(client, { ...request, condition: { IfMatch: `"${copied.etag}"` } }, partBytes);
  const other = copyObject(client, { ...request, etag: 'other', condition: {} }, partBytes);
  await expect(other).rejects.toThrow(PreconditionFailedError);
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
  expect(Uploads).toEqual([]);
});
