/**
 * Turns errors of S3 into errors of a store.
 *
 * They come after the SDK's own retries (throttling, 5xx, time-outs, broken connections), so S3 has then been unavailable for
 * some seconds.
 */
import {
  AccessDeniedError,
  ConfigError,
  MissingObjectError,
  PipelineError,
  PreconditionFailedError,
  StoreUnavailableError,
} from '../errors.ts';

/** The requests a store makes. */
export type S3Action = 'GetObject' | 'HeadObject' | 'PutObject' | 'UploadPartCopy' | 'DeleteObject' | 'ListObjectsV2';

/** The permission that each request needs. */
const PERMISSIONS: Readonly<Record<S3Action, string>> = {
  GetObject: 's3:GetObject',
  HeadObject: 's3:GetObject',
  PutObject: 's3:PutObject',
  // A part is copied while an upload is under way, so only reading the source can still be denied.
  UploadPartCopy: 's3:GetObject',
  DeleteObject: 's3:DeleteObject',
  ListObjectsV2: 's3:ListBucket',
};

/** The codes with which Node and the SDK report a connection that failed or broke. */
const CONNECTION_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);
const THROTTLING = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TooManyRequests',
]);
const TIMEOUTS = new Set(['TimeoutError', 'RequestTimeout', 'RequestTimeoutException']);
const CREDENTIALS = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenProviderError',
]);

/** The properties of the SDK's errors that are used here. */
export interface S3Failure {
  /** The error's code; '' when it has none. */
  readonly name: string;
  /** The HTTP status; undefined when no answer came. */
  readonly status: number | undefined;
  /** The number of times that the request was sent. */
  readonly attempts: number;
}

export function s3Failure(error: unknown): S3Failure {
  const metadata =
    error instanceof Error && '$metadata' in error
      ? (error.$metadata as { readonly httpStatusCode?: number; readonly attempts?: number })
      : undefined;
  return {
    name: error instanceof Error ? error.name : '',
    status: metadata?.httpStatusCode,
    attempts: metadata?.attempts ?? 1,
  };
}

/**
 * True when a write must be repeated from its start: two conditional writes met, or the upload was ended or aborted under way.
 * The latter is a 404 (`NoSuchUpload`) that says nothing about the object.
 */
export function isWriteConflict(error: unknown): boolean {
  const { name, status } = s3Failure(error);
  return (
    name === 'ConditionalRequestConflict' || name === 'NoSuchUpload' || (status === 409 && name === 'OperationAborted')
  );
}

/** True when the connection failed or broke, or when nothing came for too long. */
export function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (TIMEOUTS.has(error.name)) return true;
  return 'code' in error && typeof error.code === 'string' && CONNECTION_CODES.has(error.code);
}

/**
 * Returns the error to throw instead of the SDK's error. Returns `error` itself when it is neither an answer of S3 nor a broken
 * connection, for example when it comes from the body of a `put`.
 */
export function s3Error(error: unknown, action: S3Action, bucket: string, key: string): unknown {
  if (error instanceof PipelineError || !(error instanceof Error)) return error;
  const { name, status, attempts } = s3Failure(error);
  const where = `${action} s3://${bucket}/${key}`;
  const said = `${where}: ${status === undefined ? name : `${status} ${name}`}`;
  const cause = { cause: error };
  if (name === 'NoSuchBucket') {
    return new ConfigError(`${where}: there is no bucket ${bucket}. Create it, or correct the location.`, cause);
  }
  if (CREDENTIALS.has(name)) {
    return new AccessDeniedError(
      `${said}: ${error.message}. Give valid AWS credentials (environment, profile or role), and check the clock.`,
      cause,
    );
  }
  if (status === 403) return new AccessDeniedError(deniedText(said, action, bucket, key), cause);
  if (status === 404 && !isWriteConflict(error))
    return new MissingObjectError(`${where}: there is no such object`, cause);
  // S3 may begin a long answer with 200 and then find the error. The SDK reports that as 503, so the name is checked too.
  if (status === 412 || name === 'PreconditionFailed') {
    return new PreconditionFailedError(`${where}: the object exists already, or has another ETag`, cause);
  }
  if (name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed' || status === 301) {
    return new ConfigError(
      `${said}: the bucket is in another region. The buckets of an environment must be in its own; on your machine, set ` +
        "AWS_REGION to the bucket's.",
      cause,
    );
  }
  if (error.message.startsWith('Region is missing')) {
    return new ConfigError(`${where}: no region is set. Set AWS_REGION to the bucket's.`, cause);
  }
  const passing =
    isWriteConflict(error) || THROTTLING.has(name) || status === 429 || (status !== undefined && status >= 500);
  if (passing || isConnectionFailure(error)) {
    const cure =
      status === undefined
        ? 'Check the network, AWS_REGION, and AWS_ENDPOINT_URL where it is set'
        : 'Run the same command again later: it goes on where it stopped';
    return new StoreUnavailableError(`${said} after ${attempts} attempts: ${error.message}. ${cure}`, cause);
  }
  return status === undefined ? error : new PipelineError(`${said}: ${error.message}`, cause);
}

function deniedText(said: string, action: S3Action, bucket: string, key: string): string {
  const permission = PERMISSIONS[action];
  const resource = action === 'ListObjectsV2' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
  // Without the right to list, S3 answers 403 for a missing object.
  const reading =
    permission === 's3:GetObject' ? ` (when the object is missing: s3:ListBucket on arn:aws:s3:::${bucket})` : '';
  return `${said}. Allow ${permission} on ${resource}${reading}.`;
}
