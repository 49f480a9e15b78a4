/** Writes to S3: conditions as headers, streams in parts, and writes that meet other writes. */
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { isWriteConflict } from './s3-errors.ts';
import { quoted, unquoted } from './s3-read.ts';
import { PART_BYTES } from './s3-requests.ts';
import type { WriteCondition } from './store.ts';

const PARALLEL_PARTS = 3;
/** The number of times that a write is repeated after it met another write. */
const CONFLICT_RETRIES = 5;
const FIRST_CONFLICT_WAIT_MS = 50;

/** A bucket, and the key of an object in it. */
export interface S3Address {
  readonly Bucket: string;
  readonly Key: string;
}

export function conditionHeaders(condition: WriteCondition | undefined): { IfMatch?: string; IfNoneMatch?: string } {
  if (condition === undefined) return {};
  return 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: quoted(condition.ifMatch) };
}

/**
 * Writes a stream as an upload in parts, and returns the object's ETag. A conflict at its end is not retried, because the
 * stream has been used up.
 *
 * @throws what the SDK and the stream throw
 */
export async function uploadParts(
  client: S3Client,
  address: S3Address,
  body: Readable,
  condition: WriteCondition | undefined,
): Promise<string> {
  const upload = new Upload({
    client,
    params: { ...address, ...conditionHeaders(condition), Body: body },
    partSize: PART_BYTES,
    queueSize: PARALLEL_PARTS,
  });
  return unquoted((await upload.done()).ETag);
}

/** Sends a request, and repeats it while it conflicts with another write. @throws what the SDK throws */
export async function whileConflicting<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (!isWriteConflict(error) || attempt === CONFLICT_RETRIES) throw error;
    }
    await sleep(FIRST_CONFLICT_WAIT_MS * 2 ** attempt);
  }
}
