/** True for white space: tab, newline, vertical tab, form feed, return and space. */
export function isWhite(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
