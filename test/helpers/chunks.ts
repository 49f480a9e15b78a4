/** Divides `bytes` into chunks of `size` bytes. The last chunk may be shorter. */
export function inChunks(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}
