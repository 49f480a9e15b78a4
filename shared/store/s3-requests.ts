/** How bytes become requests to S3: where a write is cut into parts, and so how many requests it costs. */

/** Bodies in memory up to this size, whole or in pieces, go in one request, others in parts. */
export const ONE_REQUEST_BYTES = 64 * 1024 * 1024;
/** A stream takes at most (parallel parts + 1) parts of memory; 10,000 parts make 80 GB. */
export const PART_BYTES = 8 * 1024 * 1024;

/** What S3 copies itself goes in parts of this size: some seconds each, and 10,000 of them hold more than any stream. */
export const COPY_PART_BYTES = 256 * 1024 * 1024;

/** Keys that one answer to a listing holds. */
const LISTED_AT_ONCE = 1000;

/** Requests that write `bytes`: one, or one a part and two around them. @param whole the body lies in memory */
export function putRequests(bytes: number, whole: boolean): number {
  if (bytes <= PART_BYTES || (whole && bytes <= ONE_REQUEST_BYTES)) return 1;
  return Math.ceil(bytes / PART_BYTES) + 2;
}

/** Whether S3 is asked to copy so many bytes itself: for fewer it takes three requests, and writing them anew one. */
export const isCopied = (bytes: number): boolean => bytes > PART_BYTES;

/** Requests that write `bytes` that are in the store already: copied, or written anew. */
export const linkRequests = (bytes: number): number =>
  isCopied(bytes) ? Math.ceil(bytes / COPY_PART_BYTES) + 2 : putRequests(bytes, false);

/** Requests that list so many keys. */
export const listRequests = (keys: number): number => Math.max(1, Math.ceil(keys / LISTED_AT_ONCE));
