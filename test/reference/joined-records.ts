/**
 * Cuts records of JSON that follow each other on one line the slow way: it looks at every byte of the line once.
 *
 * The definition is the paragraph on records without a line break between them in `shared/lines/joined-records.ts`.
 */
const isSpace = (byte: number): boolean => ' \t\n\v\f\r'.includes(String.fromCharCode(byte));

export interface PlainRecord {
  /** The offset from the start of the line, in bytes. */
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * Returns the records of a line. A line that does not begin with a brace, or that holds a single record, is returned whole.
 *
 * @param cap a length in bytes. A line that is longer is returned without the white space around its records, even when
 * it holds a single record: the white space does not count towards the record's length.
 */
export function recordsOf(line: Buffer, cap: number): PlainRecord[] {
  const first = line.findIndex((byte) => !isSpace(byte));
  if (line[first] !== 0x7b) return [{ offset: 0, bytes: line }];
  const starts = [first];
  let depth = 0;
  let quoted = false;
  /** True when the last byte that is not white space closed a record. */
  let isAfterRecord = false;
  for (let offset = first; offset < line.length; offset++) {
    const character = String.fromCharCode(line[offset]!);
    if (quoted) {
      if (character === '\\') offset++;
      else if (character === '"') quoted = false;
      continue;
    }
    if (character === '{') {
      if (isAfterRecord) starts.push(offset);
      depth++;
    }
    if (character === '"' && depth > 0) quoted = true;
    if (character === '}' && depth > 0) {
      depth--;
      isAfterRecord = depth === 0;
    } else if (!isSpace(line[offset]!)) isAfterRecord = false;
  }
  if (starts.length === 1 && line.length <= cap) return [{ offset: 0, bytes: line }];
  return starts.map((start, index) => {
    let end = starts[index + 1] ?? line.length;
    while (isSpace(line[end - 1]!)) end--;
    return { offset: start, bytes: line.subarray(start, end) };
  });
}
