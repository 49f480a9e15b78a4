/** The process's one S3 client: its connections and its budget of retries are shared by all stores. */
import { S3Client } from '@aws-sdk/client-s3';

/** With 20 % of requests refused, one in 15,000 fails six times in a row. */
const MAX_ATTEMPTS = 6;
const CONNECTION_TIMEOUT_MS = 5_000;
/** A connection on which nothing moves for so long is given up. */
const IDLE_TIMEOUT_MS = 30_000;

let shared: S3Client | undefined;

export function sharedS3Client(): S3Client {
  shared ??= createS3Client();
  return shared;
}

/**
 * Credentials, region and profile come from where the AWS SDK looks for them. `AWS_ENDPOINT_URL` (or
 * `AWS_ENDPOINT_URL_S3`) leads to another S3, such as an emulator; its buckets are then part of the path, since their
 * names are no hosts there, and a region need not be set.
 */
export function createS3Client(env: NodeJS.ProcessEnv = process.env): S3Client {
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (endpoint ? 'us-east-1' : undefined);
  return new S3Client({
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    followRegionRedirects: true,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS },
    ...(endpoint && { endpoint, forcePathStyle: true }),
    ...(region && { region }),
  });
}
