/** How a rejected line is written down: where it stands, why, and how it begins. */
import type { LinePosition } from './line-splitter.ts';

/** Bytes of the line that are shown. */
const SHOWN_BYTES = 200;

/**
 * One JSON line, with its newline: `{"object":…,"line":…,"reason":…,"text":…}`; in an object that is read by ranges
 * `offset`, in bytes, in place of `line`.
 */
export function rejectLine(
  object: string,
  position: LinePosition,
  reason: string,
  buffer: Buffer,
  start: number,
  end: number,
): Buffer {
  const place = position.number === undefined ? { offset: position.offset } : { line: position.number };
  const text = buffer.toString('utf8', start, Math.min(end, start + SHOWN_BYTES));
  return Buffer.from(`${JSON.stringify({ object, ...place, reason, text })}\n`);
}
