/** How a rejected line is written down: where it stands, why, and how it begins. */
import type { LinePosition } from './line-splitter.ts';

/** Bytes of the line that are shown. */
const SHOWN_BYTES = 200;

/** The object of the last reject, and its name as JSON: most have the one before's. */
let lastObject = '';
let objectText = '""';

/**
 * One JSON line, with its newline: `{"object":…,"line":…,"reason":…,"text":…}`; in an object that is read by ranges
 * `offset`, in bytes, in place of `line`.
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

/** The same as bytes. */
export function rejectLine(...[object, position, reason, buffer, start, end]: Parameters<typeof rejectText>): Buffer {
  return Buffer.from(rejectText(object, position, reason, buffer, start, end));
}
