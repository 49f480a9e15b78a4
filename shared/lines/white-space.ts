/** White space as lines have it: tab, newline, vertical tab, form feed, return, space. */
export function isWhite(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
