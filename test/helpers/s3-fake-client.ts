/** The client that the product makes, led to a fake S3. */
import type { S3Client } from '@aws-sdk/client-s3';
import { createS3Client } from '../../shared/store/s3-client.ts';
import type { S3Fake } from './s3-fake.ts';

export function clientOfFake(fake: S3Fake): S3Client {
  // The credentials are looked up in the environment of the process; any will do.
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
  return createS3Client({ AWS_ENDPOINT_URL: fake.endpoint, AWS_REGION: 'us-east-1' });
}
