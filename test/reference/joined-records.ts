/**
 * Records that follow each other on one line, cut the slow way: byte by byte over the whole line, looking back at what came
 * before. A line that does not begin with a brace, and one of a single record, is left as it is.
 */
const isSpace = (byte: number): boolean => ' \t\n\v\f\r'.includes(String.fromCharCode(byte));

export interface PlainRecord {
  /** Bytes from the start of the line. */
  readonly offset: number;
  readonly bytes: Buffer;
}

/** @param cap a line that is longer is taken for records also where there is but one: white space around it does not count */
export function recordsOf(line: Buffer, cap: number): PlainRecord[] {
  const first = line.findIndex((byte) => !isSpace(byte));
  if (line[first] !== 0x7b) return [{ offset: 0, bytes: line }];
  const starts = [first];
  let depth = 0;
  let quoted = false;
  /** The last byte that counts was the brace that closes an object. */
  let isBehindObject = false;
  for (let at = first; at < line.length; at++) {
    const character = String.fromCharCode(line[at]!);
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') quoted = false;
      continue;
    }
    if (character === '{') {
      if (isBehindObject) starts.push(at);
      depth++;
    }
    if (character === '"' && depth > 0) quoted = true;
    if (character === '}' && depth > 0) {
      depth--;
      isBehindObject = depth === 0;
    } else if (!isSpace(line[at]!)) isBehindObject = false;
  }
  if (starts.length === 1 && line.length <= cap) return [{ offset: 0, bytes: line }];
  return starts.map((start, place) => {
    let end = starts[place + 1] ?? line.length;
    while (isSpace(line[end - 1]!)) end--;
    return { offset: start, bytes: line.subarray(start, end) };
  });
}
