/** The number of requests to S3 that writing, copying and listing take. */

/** A body in memory up to this size is written in one request, a larger one in parts. */
export const ONE_REQUEST_BYTES = 64 * 1024 * 1024;
/** A stream takes the memory of at most (parallel parts + 1) parts. 10,000 parts, the most that S3 allows, are 80 GB. */
export const PART_BYTES = 8 * 1024 * 1024;

/** S3 copies objects in parts of this size. A part takes some seconds, and 10,000 parts hold more than any stream. */
export const COPY_PART_BYTES = 256 * 1024 * 1024;

/** The most keys in one answer to a listing. */
const LISTED_AT_ONCE = 1000;

/** Requests of an upload in parts besides its parts: one begins it and one ends it. */
const UPLOAD_REQUESTS = 2;

/** Returns the requests that write `bytes`. @param whole true when the body is in memory */
export function putRequests(bytes: number, whole: boolean): number {
  if (bytes <= PART_BYTES || (whole && bytes <= ONE_REQUEST_BYTES)) return 1;
  return Math.ceil(bytes / PART_BYTES) + UPLOAD_REQUESTS;
}

/** True when S3 copies so many bytes. A smaller copy would take three requests, and writing the bytes again takes one. */
export const isCopied = (bytes: number): boolean => bytes > PART_BYTES;

/** Returns the requests that link an object of `bytes`: S3 copies it, or it is written again. */
export const linkRequests = (bytes: number): number =>
  isCopied(bytes) ? Math.ceil(bytes / COPY_PART_BYTES) + UPLOAD_REQUESTS : putRequests(bytes, false);

/** Returns the requests that list so many keys. */
export const listRequests = (keys: number): number => Math.max(1, Math.ceil(keys / LISTED_AT_ONCE));
