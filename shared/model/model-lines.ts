/** Reads a file of a published model line by line, as it is streamed. */
import { LineSplitter } from '../lines/line-splitter.ts';

/** Takes the line `buffer[start, end)`. The bytes are valid during the call only. */
export type TakeLine = (buffer: Buffer, start: number, end: number) => void;

/**
 * Hands on the lines that are not blank, one after another.
 *
 * @param take may refuse a line by a RangeError
 * @param refuse throws the error for a line that is refused, or that is too long. Lines count from 1
 * @returns the number of bytes that were read
 */
export async function eachModelLine(
  chunks: AsyncIterable<Uint8Array>,
  take: TakeLine,
  refuse: (line: number | undefined, why: string) => never,
): Promise<number> {
  const splitter = new LineSplitter({
    line: (buffer, start, end, { number }) => {
      try {
        take(buffer, start, end);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        refuse(number, error.message);
      }
    },
    tooLong: (_buffer, _start, _end, { number }) => refuse(number, 'it is too long for a line of a model'),
  });
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    splitter.push(chunk);
  }
  splitter.finish();
  return bytes;
}
