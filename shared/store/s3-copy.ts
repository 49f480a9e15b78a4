/**
 * Objects copied by S3 itself, no byte of them through us.
 *
 * Always as an upload in parts: its end carries the condition, and parts are copied side by side. (`CopyObject` knows
 * conditions on AWS since October 2025. Elsewhere, as in the emulator, it ignores them, and would overwrite without a word.)
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

/** Of one object. Publishing copies eight at once: together fewer than the client's fifty connections. */
const PARALLEL_PARTS = 4;

/** What to copy; `from` and `to` are keys in the bucket. */
export interface CopyRequest {
  readonly bucket: string;
  readonly from: string;
  /** Bytes of the source. */
  readonly size: number;
  /** All parts are of the source that has this ETag. */
  readonly etag: string;
  readonly to: string;
  /** On what is under `to`. */
  readonly condition: { readonly IfMatch?: string; readonly IfNoneMatch?: string };
}

/**
 * @param partBytes at least 5 MiB, as S3 wants all parts but the last to be
 * @throws PipelineError for what is wrong with the source; else what the SDK throws
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
      // S3 may look at the range first: it fits the object that was seen.
      if (s3Failure(error).name === 'InvalidArgument') throw shortened(bucket, from, error);
      throw s3Error(error, 'UploadPartCopy', bucket, from);
    }
  };
  try {
    const starts = Array.from({ length: Math.ceil(size / partBytes) }, (_, part) => part * partBytes);
    const Parts = await atMost(PARALLEL_PARTS, starts, copyPart);
    await client.send(new CompleteMultipartUploadCommand({ ...upload, ...condition, MultipartUpload: { Parts } }));
  } catch (error) {
    // The error that counts is the first. What is left where this fails too, the bucket's lifecycle rule removes.
    await Promise.allSettled([client.send(new AbortMultipartUploadCommand(upload))]);
    throw error;
  }
}

const shortened = (bucket: string, key: string, cause: unknown): PreconditionFailedError =>
  new PreconditionFailedError(`s3://${bucket}/${key} is shorter than it was: it is another`, { cause });
