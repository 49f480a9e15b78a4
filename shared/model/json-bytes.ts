/**
 * Functions on bytes of valid JSON that do not parse it: they find the end of a value and the text of an object's member, and
 * remove insignificant white space. Ranges are half-open: `bytes[start, end)`.
 */
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** True for the white space of JSON: space, tab, newline and return. */
export function isJsonSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

export function skipJsonSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isJsonSpace(bytes[at]!)) at++;
  return at;
}

/** Returns the position behind the string that begins at `at`, or `end` when the string does not end. */
export function endOfString(bytes: Uint8Array, at: number, end: number): number {
  for (at++; at < end; at++) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) at++;
  }
  return end;
}

/** Returns the position behind the value that begins at `at`. */
export function endOfValue(bytes: Uint8Array, at: number, end: number): number {
  let depth = 0;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = endOfString(bytes, at, end);
      if (depth === 0) return at;
      continue;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || isJsonSpace(byte))) return at;
    at++;
  }
  return end;
}

/**
 * Returns the text of the last member called `name` of the object in `bytes[start, end)`, without insignificant white space.
 * Returns undefined when the object has no such member.
 */
export function lastMemberText(bytes: Buffer, start: number, end: number, name: string): string | undefined {
  let found: string | undefined;
  let at = skipJsonSpace(bytes, start, end) + 1;
  for (;;) {
    at = skipJsonSpace(bytes, at, end);
    if (at >= end || bytes[at] === CLOSE_BRACE) return found;
    const keyEnd = endOfString(bytes, at, end);
    const key: unknown = JSON.parse(bytes.toString('utf8', at, keyEnd));
    // Skips white space, a colon and white space behind the key.
    const valueStart = skipJsonSpace(bytes, skipJsonSpace(bytes, keyEnd, end) + 1, end);
    const valueEnd = endOfValue(bytes, valueStart, end);
    if (key === name) {
      const text = Buffer.allocUnsafe(valueEnd - valueStart);
      found = text.toString('utf8', 0, compactJson(bytes, valueStart, valueEnd, text, 0));
    }
    at = skipJsonSpace(bytes, valueEnd, end);
    if (bytes[at] === COMMA) at++;
  }
}

/**
 * Copies the JSON in `bytes[start, end)` to `out` from `at` on, without white space between tokens. Returns the end of the
 * copy.
 */
export function compactJson(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  for (let from = start; from < end; ) {
    if (bytes[from] === QUOTE) {
      const stringEnd = endOfString(bytes, from, end);
      while (from < stringEnd) out[at++] = bytes[from++]!;
    } else {
      const byte = bytes[from++]!;
      if (!isJsonSpace(byte)) out[at++] = byte;
    }
  }
  return at;
}
