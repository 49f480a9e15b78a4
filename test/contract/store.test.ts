/** The stores in memory, in a folder and in S3 pass the contract. S3 is a fake. */
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { FileStore } from '../../shared/store/file-store.ts';
import { type HeldFolder, HeldObjects } from '../../shared/store/held-objects.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { S3Store } from '../../shared/store/s3-store.ts';
import { type S3Fake, startS3Fake } from '../helpers/s3-fake.ts';
import { clientOfFake } from '../helpers/s3-fake-client.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { storeContract } from './store.contract.ts';

storeContract({ name: 'memory', makeStore: async () => new MemoryStore(), histories: 100 });

storeContract({ name: 'folder', makeStore: async () => new FileStore(temporaryFolder()), histories: 100 });

/** Holds all objects, those of one folder, and so few bytes that all tests pass the limit. */
const HELD: readonly (readonly [name: string, folder: HeldFolder])[] = [
  ['held in memory', { prefix: '', limitBytes: 2 ** 30 }],
  ['with one folder held in memory', { prefix: 'a/', limitBytes: 2 ** 30 }],
  ['with few bytes held in memory', { prefix: '', limitBytes: 10 }],
];
for (const [name, folder] of HELD) {
  const makeStore = async () => new HeldObjects(folder, '/memory').over(new MemoryStore());
  storeContract({ name, makeStore, histories: 100 });
}

let fake: S3Fake;
let client: S3Client;
let stores = 0;

beforeAll(async () => {
  // A page has three keys, so that nearly every listing needs several pages.
  fake = await startS3Fake(3);
  client = clientOfFake(fake);
});

afterAll(async () => {
  client.destroy();
  await fake[Symbol.asyncDispose]();
});

storeContract({
  name: 'S3 (fake)',
  makeStore: async () => new S3Store(client, fake.bucket, `tests/${stores++}`),
  histories: 25,
});
