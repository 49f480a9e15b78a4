/** The S3 store on the emulator's S3: what the contract asks of every store, from a server that is not ours. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { type Emulator, startEmulator } from '../../localstack/emulator.ts';
import { S3Store } from '../../shared/store/s3-store.ts';
import { storeContract } from '../contract/store.contract.ts';

const BUCKET = 'stores';
const INSTALL_TIMEOUT_MS = 600_000;
let emulator: Emulator;
let client: S3Client;
let stores = 0;

beforeAll(async () => {
  emulator = await startEmulator();
  client = new S3Client({
    ...{ endpoint: emulator.endpoint, region: emulator.env.AWS_REGION ?? '', forcePathStyle: true },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
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
