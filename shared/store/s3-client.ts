/** The process's one S3 client: its connections and its budget of retries are shared by all stores. */
import { S3Client } from '@aws-sdk/client-s3';
import { PATIENCE, type Patience, sayWaits } from '../aws-waits.ts';

const CONNECTION_TIMEOUT_MS = 5_000;
/** A connection on which nothing moves for so long is given up. */
const IDLE_TIMEOUT_MS = 30_000;

/** How long S3 is waited for. Tests wait less. */
export interface S3Patience extends Patience {
  readonly idleMs: number;
}

/** With 20 % of requests refused, one in 15,000 fails six times in a row. */
const S3_PATIENCE: S3Patience = { ...PATIENCE, idleMs: IDLE_TIMEOUT_MS };

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
export function createS3Client(env: NodeJS.ProcessEnv = process.env, patience: S3Patience = S3_PATIENCE): S3Client {
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (endpoint ? 'us-east-1' : undefined);
  const client = new S3Client({
    maxAttempts: patience.attempts,
    retryMode: 'standard',
    followRegionRedirects: true,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: patience.idleMs },
    ...(endpoint && { endpoint, forcePathStyle: true }),
    ...(region && { region }),
  });
  sayWaits(client, 'S3', patience);
  return client;
}
