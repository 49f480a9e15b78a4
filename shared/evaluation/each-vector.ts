/** Reads a file of vectors of a published model: lines that begin with an id and a bar. */
import type { PublishedModel } from './published-model.ts';
import { idOf, readNumbers } from './vector-lines.ts';

const MINUS = 0x2d;

/** The form of a file of vectors. *K the length of a vector.* */
export interface VectorFile {
  readonly name: string;
  /** K */
  readonly size: number;
  /** The character between two numbers. */
  readonly separator: ',' | '|';
  /** True when the first line describes the file. It begins with a minus, and no other line does. */
  readonly hasHeader?: boolean;
}

/** Takes the id of a line. @param read reads the line's K numbers into a vector; it may be called during the call only */
export type TakeVector = (id: number, read: (vector: Float32Array) => void) => void;

/** Passes each line of the file on, in order. @throws CorruptInputError for a line that is no vector of K numbers */
export async function eachVector(model: PublishedModel, file: VectorFile, take: TakeVector): Promise<void> {
  const position = { at: 0 };
  let line: Buffer;
  let lineEnd = 0;
  const read = (vector: Float32Array): void => readNumbers(line, position.at, lineEnd, file.separator, vector);
  await model.lines(file.name, (buffer, start, end) => {
    if (file.hasHeader === true && buffer[start] === MINUS) return;
    const id = idOf(buffer, start, end, position);
    line = buffer;
    lineEnd = end;
    take(id, read);
  });
}
