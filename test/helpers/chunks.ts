import { collectBody } from '../../shared/store/body.ts';

/** Divides `bytes` into chunks of `size` bytes. The last chunk may be shorter. */
export function inChunks(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

/** Returns the text of a stream of UTF-8. */
export async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return new TextDecoder().decode(await collectBody(chunks));
}
