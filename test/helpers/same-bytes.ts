/** Compares whole outputs. A failure names the file and shows the first line that differs, as expected and as found. */
import { AssertionError } from 'node:assert';
import { gunzipSync } from 'node:zlib';

export type Content = string | Uint8Array;
/** Path → content. */
export type Files = ReadonlyMap<string, Content> | Readonly<Record<string, Content>>;

/** The number of characters, or of bytes in a binary file, that are shown before and after the first difference. */
const BEFORE = 40;
const AFTER = 80;
const NEWLINE = 0x0a;

/**
 * Asserts that two files have the same bytes.
 *
 * @param file the path, and words that identify this comparison: `part-00000, 7 shards`
 * @throws AssertionError with `file`, the number of the first line that differs, and both lines
 */
export function expectSameBytes(found: Content, expected: Content, file: string): void {
  const difference = differenceOf(bytesOf(found), bytesOf(expected), file);
  if (difference !== undefined) throw failure(difference, expectSameBytes);
}

/**
 * Asserts that two outputs have the same files with the same bytes.
 *
 * @param where words that identify this comparison: `7 shards`
 * @throws AssertionError with the files that only one of the two has, or with the first file whose bytes differ. Files whose
 *   names begin with `_` come last, because a manifest repeats the hashes of the other files
 */
export function expectSameFiles(found: Files, expected: Files, where = ''): void {
  const actual = contents(found);
  const wanted = contents(expected);
  const label = where === '' ? '' : `, ${where}`;
  const missing = [...wanted.keys()].filter((path) => !actual.has(path));
  const surplus = [...actual.keys()].filter((path) => !wanted.has(path));
  if (missing.length + surplus.length > 0) {
    const words = [
      ...missing.map((path) => `${path}${label}: expected, but not found`),
      ...surplus.map((path) => `${path}${label}: found, but not expected`),
    ];
    throw failure(words.join('\n'), expectSameFiles);
  }
  for (const [path, bytes] of manifestsLast(wanted)) {
    const difference = differenceOf(actual.get(path)!, bytes, path + label);
    if (difference !== undefined) throw failure(difference, expectSameFiles);
  }
}

/** Describes the first difference, or returns undefined. Two gzip files are compared by their expanded contents. */
export function differenceOf(found: Buffer, expected: Buffer, file: string): string | undefined {
  if (found.equals(expected)) return undefined;
  if (isGzip(found) && isGzip(expected)) {
    const unpacked = differenceOf(gunzipSync(found), gunzipSync(expected), `${file}, unpacked`);
    return unpacked ?? `${file}: both files unpack to the same bytes, but they are compressed differently`;
  }
  const differing = firstDifference(found, expected);
  const lineStart = expected.subarray(0, differing).lastIndexOf(NEWLINE) + 1;
  const line = expected.subarray(0, differing).reduce((count, byte) => count + Number(byte === NEWLINE), 1);
  return [
    `${file}: line ${line} differs, from byte ${differing - lineStart} of the line on (byte ${differing} of the file).`,
    `expected: ${excerpt(expected, lineStart, differing)}`,
    `found:    ${excerpt(found, lineStart, differing)}`,
    ...(found.length === expected.length ? [] : [`${expected.length} bytes expected, ${found.length} found`]),
  ].join('\n');
}

/** Returns the index of the first byte that differs, which is the shorter length when all bytes up to it are equal. */
function firstDifference(a: Buffer, b: Buffer): number {
  const shorter = Math.min(a.length, b.length);
  let index = 0;
  while (index < shorter && a[index] === b[index]) index++;
  return index;
}

/** Returns the line around the byte `at`, or a part of a long line. Bytes that are no text are shown in hexadecimal. */
function excerpt(bytes: Buffer, lineStart: number, at: number): string {
  if (at >= bytes.length && lineStart >= bytes.length) return '(the file ends before this line)';
  const lineEnd = bytes.indexOf(NEWLINE, at);
  const end = lineEnd === -1 ? bytes.length : lineEnd + 1;
  const from = Math.max(lineStart, at - BEFORE);
  const to = Math.min(end, at + AFTER);
  const part = bytes.subarray(from, to);
  const text = part.toString('utf8');
  // A cut within a character gives replacement characters at the ends only.
  const isBinary = part.includes(0) || text.slice(1, -1).includes('\ufffd');
  const shown = isBinary ? `hex ${part.toString('hex')}` : JSON.stringify(text);
  return (from > lineStart ? '… ' : '') + shown + (to < end ? ' …' : '');
}

function manifestsLast(files: ReadonlyMap<string, Buffer>): [path: string, bytes: Buffer][] {
  const isSpecial = ([path]: readonly [string, Buffer]) => path.slice(path.lastIndexOf('/') + 1).startsWith('_');
  return [...files].sort((a, b) => Number(isSpecial(a)) - Number(isSpecial(b)));
}

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const bytesOf = (content: Content): Buffer =>
  typeof content === 'string'
    ? Buffer.from(content)
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength);

function contents(files: Files): Map<string, Buffer> {
  const entries = files instanceof Map ? [...files] : Object.entries(files as Readonly<Record<string, Content>>);
  return new Map(entries.map(([path, content]) => [path, bytesOf(content)]));
}

function failure(message: string, stackStartFn: (...args: never[]) => void): AssertionError {
  const error = new AssertionError({ message, stackStartFn: stackStartFn as () => void });
  // Vitest would print this property, which is a setting of Node's assertions, as a line below the message.
  Reflect.deleteProperty(error, 'diff');
  return error;
}
