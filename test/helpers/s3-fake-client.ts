/** Clients of S3 for tests. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3Client } from '../../shared/store/s3-client.ts';
import type { S3Fake } from './s3-fake.ts';

/** Returns the product's own client, which sends its requests to a fake S3. */
export function clientOfFake(fake: S3Fake): S3Client {
  // The client reads credentials from the environment. Any values are accepted.
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
  return createS3Client({ AWS_ENDPOINT_URL: fake.endpoint, AWS_REGION: 'us-east-1' });
}

/** Returns a client that sends each request once, so that the first failure shows. */
export function clientWithoutRetries(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}
