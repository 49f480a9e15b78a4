/** The record of a rejected line: its position, the reason and its beginning. */
import type { LinePosition } from './line-sink.ts';

/** The most bytes of the line that are shown. */
const SHOWN_BYTES = 200;

/** The object of the last reject and its name as JSON. Most rejects are of the same object as the one before. */
let lastObject = '';
let objectText = '""';

/**
 * Returns one JSON line with its newline: `{"object":…,"line":…,"reason":…,"text":…}`. In an object that is read by ranges,
 * `offset` (in bytes) replaces `line`.
 */
export function rejectText(
  object: string,
  position: LinePosition,
  reason: string,
  buffer: Buffer,
  start: number,
  end: number,
): string {
  if (object !== lastObject) {
    lastObject = object;
    objectText = JSON.stringify(object);
  }
  const place = position.number === undefined ? `"offset":${position.offset}` : `"line":${position.number}`;
  const text = JSON.stringify(buffer.toString('utf8', start, Math.min(end, start + SHOWN_BYTES)));
  return `{"object":${objectText},${place},"reason":${JSON.stringify(reason)},"text":${text}}\n`;
}

/** Returns the result of `rejectText` as bytes. */
export function rejectLine(...[object, position, reason, buffer, start, end]: Parameters<typeof rejectText>): Buffer {
  return Buffer.from(rejectText(object, position, reason, buffer, start, end));
}
