/** Which bytes of an object a `ByteRange` names. Ranges that reach beyond the object give what there is of them. */
import type { ByteRange } from './store.ts';

/** Half-open, within the object: `0 <= start <= end <= size`. */
export interface ResolvedRange {
  readonly start: number;
  readonly end: number;
}

/** @throws RangeError where the range is none: the caller's mistake */
export function checkRange(range: ByteRange): void {
  const { start, end } = range;
  const valid =
    Number.isSafeInteger(start) && (end === undefined || (Number.isSafeInteger(end) && start >= 0 && end >= start));
  if (!valid)
    throw new RangeError(`byte range ${start}…${end ?? ''} is none: give 0 <= start <= end, or start < 0 alone`);
}

/** `size` in bytes, of the whole object. No range: all of it. @throws RangeError */
export function resolveRange(range: ByteRange | undefined, size: number): ResolvedRange {
  if (range === undefined) return { start: 0, end: size };
  checkRange(range);
  if (range.start < 0) return { start: Math.max(0, size + range.start), end: size };
  const start = Math.min(range.start, size);
  return { start, end: Math.min(range.end ?? size, size) };
}
