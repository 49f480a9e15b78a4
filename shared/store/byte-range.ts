/** Resolves a `ByteRange` to the bytes of an object. A range that reaches beyond the object is cut off at its end. */
import type { ByteRange } from './store.ts';

/** A half-open range within the object: `0 <= start <= end <= size`. */
export interface ResolvedRange {
  readonly start: number;
  readonly end: number;
}

/** @throws RangeError when the range is not valid, which is a mistake of the caller */
export function checkRange(range: ByteRange): void {
  const { start, end } = range;
  const valid =
    Number.isSafeInteger(start) && (end === undefined || (Number.isSafeInteger(end) && start >= 0 && end >= start));
  if (!valid)
    throw new RangeError(`byte range ${start}…${end ?? ''} is not valid: give 0 <= start <= end, or only start < 0`);
}

/** Resolves a range of an object of `size` bytes; without a range, all of it. @throws RangeError as `checkRange` */
export function resolveRange(range: ByteRange | undefined, size: number): ResolvedRange {
  if (range === undefined) return { start: 0, end: size };
  checkRange(range);
  if (range.start < 0) return { start: Math.max(0, size + range.start), end: size };
  const start = Math.min(range.start, size);
  return { start, end: Math.min(range.end ?? size, size) };
}
