/** The S3 client of the process. All stores share its connections and its budget of retries. */
import { S3Client } from '@aws-sdk/client-s3';
import { PATIENCE, type Patience, sayWaits } from '../aws-waits.ts';
import { defined } from '../defined.ts';

const CONNECTION_TIMEOUT_MS = 5_000;
/** A connection is given up when no byte has moved for this time. */
const IDLE_TIMEOUT_MS = 30_000;

/** The limits of waiting for S3. Tests wait less. */
export interface S3Patience extends Patience {
  readonly idleMs: number;
}

/** Six attempts are enough: even when S3 refuses 20 % of the requests, only one in 15,000 fails six times in a row. */
const S3_PATIENCE: S3Patience = { ...PATIENCE, idleMs: IDLE_TIMEOUT_MS };

let shared: S3Client | undefined;

export function sharedS3Client(): S3Client {
  shared ??= createS3Client();
  return shared;
}

/**
 * Makes a client. The AWS SDK finds credentials, region and profile in its usual places. `AWS_ENDPOINT_URL` (or
 * `AWS_ENDPOINT_URL_S3`) names another S3, such as an emulator. Buckets are then part of the path, because their names are not
 * hosts, and a region need not be set.
 */
export function createS3Client(env: NodeJS.ProcessEnv = process.env, patience: S3Patience = S3_PATIENCE): S3Client {
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (endpoint ? 'us-east-1' : undefined);
  const client = new S3Client(
    defined({
      maxAttempts: patience.attempts,
      retryMode: 'standard',
      // Each request of a function to a bucket in another region would be slow and cost traffic, so it fails there.
      followRegionRedirects: !env.AWS_LAMBDA_FUNCTION_NAME,
      requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: patience.idleMs },
      endpoint: endpoint || undefined,
      forcePathStyle: endpoint ? true : undefined,
      region,
    }),
  );
  sayWaits(client, 'S3', patience);
  return client;
}
