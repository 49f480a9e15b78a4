/** How bytes become requests to S3: where a write is cut into parts, and so how many requests it costs. */

/** Bodies in memory up to this size go in one request, others in parts. */
export const ONE_REQUEST_BYTES = 64 * 1024 * 1024;
/** A stream takes at most (parallel parts + 1) parts of memory; 10,000 parts make 80 GB. */
export const PART_BYTES = 8 * 1024 * 1024;

/** Keys that one answer to a listing holds. */
const LISTED_AT_ONCE = 1000;

/** Requests that write `bytes`: one, or one a part and two around them. @param whole the body lies in memory */
export function putRequests(bytes: number, whole: boolean): number {
  if (bytes <= PART_BYTES || (whole && bytes <= ONE_REQUEST_BYTES)) return 1;
  return Math.ceil(bytes / PART_BYTES) + 2;
}

/** Requests that list so many keys. */
export const listRequests = (keys: number): number => Math.max(1, Math.ceil(keys / LISTED_AT_ONCE));
