/** Reads objects from S3 in chunks. When a connection breaks, reading continues where it broke. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { PATIENCE } from '../aws-waits.ts';
import { defined } from '../defined.ts';
import { StoreTimeoutError, StoreUnavailableError } from '../errors.ts';
import { Waiting } from '../wait.ts';
import type { ResolvedRange } from './byte-range.ts';
import { isConnectionFailure, s3Error } from './s3-errors.ts';
import type { ByteRange } from './store.ts';

/** The number of times in a row that a body may break without a new byte. */
const MAX_BREAKS = 5;
const FIRST_WAIT_MS = 20;

/** An answer whose body was not read yet. */
export interface OpenedObject {
  /** The size of the whole object in bytes. */
  readonly size: number;
  readonly etag: string;
  /** The range of the body. */
  readonly range: ResolvedRange;
  readonly body: AsyncIterable<Uint8Array>;
}

/** The object and the range to read. `key` is the key in the bucket. */
export interface ReadRequest {
  readonly bucket: string;
  readonly key: string;
  readonly range?: ByteRange | undefined;
  readonly ifMatch?: string | undefined;
}

/** S3 writes ETags in quotes; a store's ETags have none. */
export const unquoted = (etag: string | undefined): string => (etag ?? '').replace(/^"|"$/g, '');
export const quoted = (etag: string): string => `"${etag}"`;

/** @throws what the SDK throws */
export async function openObject(client: S3Client, request: ReadRequest): Promise<OpenedObject> {
  const answer = await client.send(
    new GetObjectCommand(
      defined({
        Bucket: request.bucket,
        Key: request.key,
        Range: request.range ? rangeHeader(request.range) : undefined,
        IfMatch: request.ifMatch !== undefined ? quoted(request.ifMatch) : undefined,
      }),
    ),
  );
  const { size, range } = extentOf(answer);
  return { size, range, etag: unquoted(answer.ETag), body: answer.Body as AsyncIterable<Uint8Array> };
}

/** Yields the chunks of an opened object, over new connections when one breaks. @throws PipelineError as `Store.stream` */
export async function* readThrough(
  client: S3Client,
  { bucket, key }: ReadRequest,
  opened: OpenedObject,
): AsyncGenerator<Uint8Array> {
  const { etag, range } = opened;
  let { body } = opened;
  let next = range.start;
  let lastByte = performance.now();
  for (let breaks = 0; ; breaks++) {
    let broken: unknown;
    try {
      for await (const chunk of reportingWaits(body, bucket)) {
        next += chunk.byteLength;
        breaks = 0;
        yield chunk;
        lastByte = performance.now();
      }
    } catch (error) {
      // It is not the connection but, for example, a wrong checksum. The bytes before it cannot be trusted either.
      if (!isConnectionFailure(error)) throw damaged(bucket, key, error);
      broken = error;
    }
    if (next >= range.end) return;
    if (breaks === MAX_BREAKS) throw brokenOff(bucket, key, next, broken);
    const silentMs = performance.now() - lastByte;
    if (silentMs >= PATIENCE.silentMs) throw silent(bucket, key, next, silentMs, broken);
    await sleep(FIRST_WAIT_MS * 2 ** breaks);
    try {
      const rest = { bucket, key, ifMatch: etag, range: { start: next, end: range.end } };
      ({ body } = await openObject(client, rest));
    } catch (error) {
      throw s3Error(error, 'GetObject', bucket, key);
    }
  }
}

/** Passes the chunks on, and reports when one takes long to come. The time that the reader takes for a chunk does not count. */
async function* reportingWaits(body: AsyncIterable<Uint8Array>, bucket: string): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  const limit = `${PATIENCE.silentMs / 1000} s without a byte`;
  try {
    for (;;) {
      const waiting = new Waiting(`s3://${bucket}`, { action: 'GetObject, the rest of an object', limit });
      let next: IteratorResult<Uint8Array>;
      try {
        next = await chunks.next();
      } finally {
        waiting[Symbol.dispose]();
      }
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

function rangeHeader({ start, end }: ByteRange): string {
  if (start < 0) return `bytes=${start}`;
  return `bytes=${start}-${end === undefined ? '' : end - 1}`;
}

/** Returns the size of the object and the range of the body, from `Content-Range: bytes 0-9/100`; without it, all bytes. */
function extentOf({ ContentRange, ContentLength }: GetObjectCommandOutput): { size: number; range: ResolvedRange } {
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(ContentRange ?? '') ?? [];
  if (total === undefined) return { size: ContentLength ?? 0, range: { start: 0, end: ContentLength ?? 0 } };
  return { size: Number(total), range: { start: Number(first), end: Number(last) + 1 } };
}

const damaged = (bucket: string, key: string, cause: unknown): StoreUnavailableError =>
  new StoreUnavailableError(
    `s3://${bucket}/${key} arrived damaged: ${cause instanceof Error ? cause.message : cause}`,
    {
      cause,
    },
  );

const silent = (bucket: string, key: string, at: number, silentMs: number, cause: unknown): StoreTimeoutError =>
  new StoreTimeoutError(
    `s3://${bucket}/${key}: no byte came for ${Math.round(silentMs / 1000)} s, at byte ${at}: check the network, and run it again`,
    { cause },
  );

const brokenOff = (bucket: string, key: string, at: number, cause: unknown): StoreUnavailableError =>
  new StoreUnavailableError(`s3://${bucket}/${key} broke off ${MAX_BREAKS + 1} times at byte ${at}: try again later`, {
    cause,
  });
