/**
 * Lets S3 copy objects, so that their bytes are not read here.
 *
 * A copy always is an upload in parts: the request that ends it carries the condition, and parts are copied in parallel.
 * (`CopyObject` on AWS knows conditions since October 2025. Others, such as the emulator, ignore them and would silently
 * overwrite.)
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { atMost } from '../at-most.ts';
import { PreconditionFailedError } from '../errors.ts';
import { s3Error, s3Failure } from './s3-errors.ts';
import { quoted } from './s3-read.ts';
import { COPY_PART_BYTES } from './s3-requests.ts';

/** Parts of one object. Publishing copies eight objects at once, which together stay below the client's fifty connections. */
const PARALLEL_PARTS = 4;

/** The object to copy. `from` and `to` are keys in the bucket. */
export interface CopyRequest {
  readonly bucket: string;
  readonly from: string;
  /** The size of the source in bytes. */
  readonly size: number;
  /** The source must have this ETag while all parts are copied. */
  readonly etag: string;
  readonly to: string;
  /** The condition on the object under `to`. */
  readonly condition: { readonly IfMatch?: string; readonly IfNoneMatch?: string };
}

/**
 * @param partBytes at least 5 MiB, which S3 requires of all parts but the last
 * @throws PipelineError when something is wrong with the source; otherwise what the SDK throws
 */
export async function copyObject(client: S3Client, request: CopyRequest, partBytes = COPY_PART_BYTES): Promise<void> {
  const { bucket, from, size, etag, to, condition } = request;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: to }));
  const upload = { Bucket: bucket, Key: to, UploadId };
  const source = {
    CopySource: `${bucket}/${from.split('/').map(encodeURIComponent).join('/')}`,
    CopySourceIfMatch: quoted(etag),
  };
  const copyPart = async (start: number, index: number) => {
    const range = `bytes=${start}-${Math.min(start + partBytes, size) - 1}`;
    const PartNumber = index + 1;
    const command = new UploadPartCopyCommand({ ...upload, ...source, CopySourceRange: range, PartNumber });
    try {
      return { PartNumber, ETag: (await client.send(command)).CopyPartResult?.ETag };
    } catch (error) {
      // S3 may check the range before the ETag. The range fits the object that was seen, so this is another one.
      if (s3Failure(error).name === 'InvalidArgument') throw shortened(bucket, from, error);
      throw s3Error(error, 'UploadPartCopy', bucket, from);
    }
  };
  try {
    const starts = Array.from({ length: Math.ceil(size / partBytes) }, (_, part) => part * partBytes);
    const Parts = await atMost(PARALLEL_PARTS, starts, copyPart);
    await client.send(new CompleteMultipartUploadCommand({ ...upload, ...condition, MultipartUpload: { Parts } }));
  } catch (error) {
    // Only the first error counts. If the abort fails too, the bucket's lifecycle rule removes the parts.
    await Promise.allSettled([client.send(new AbortMultipartUploadCommand(upload))]);
    throw error;
  }
}

const shortened = (bucket: string, key: string, cause: unknown): PreconditionFailedError =>
  new PreconditionFailedError(`s3://${bucket}/${key} is shorter than it was: it was replaced`, { cause });
