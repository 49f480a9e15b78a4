/** Functions for a `Body` in any of its forms. */
import { createHash, hash } from 'node:crypto';
import type { Body } from './store.ts';

/** Half of a SHA-256 in hex: 128 bits are enough to tell contents apart. */
export const CONTENT_ETAG_LENGTH = 32;

/** Returns the ETag of bytes, 32 hexadecimal digits, in stores that name contents by their hash (files, memory). */
export function contentEtag(bytes: Uint8Array): string {
  return hash('sha256', bytes).slice(0, CONTENT_ETAG_LENGTH);
}

/** Returns the pieces of a body in memory, without copying them; undefined for a stream. */
export function piecesOf(body: Body): readonly Uint8Array[] | undefined {
  if (typeof body === 'string') return [Buffer.from(body, 'utf8')];
  if (body instanceof Uint8Array) return [body];
  return isStream(body) ? undefined : body;
}

const isStream = (body: Body): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && Symbol.asyncIterator in body;

export const lengthOf = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);

/** Reads a body to its end, and returns its size in bytes and its SHA-256 in hex. */
export async function hashOfAll(body: Body): Promise<{ readonly size: number; readonly sha256: string }> {
  const sum = createHash('sha256');
  let size = 0;
  for await (const chunk of piecesOf(body) ?? (body as AsyncIterable<Uint8Array>)) {
    sum.update(chunk);
    size += chunk.byteLength;
  }
  return { size, sha256: sum.digest('hex') };
}

/** A body that is hashed while it is read. `hash` may be called when the body was read to its end. */
export interface HashedBody {
  readonly body: Body;
  readonly hash: () => { readonly size: number; readonly sha256: string };
}

/** Returns a body of the same bytes that hashes them. A body in memory stays in memory. @param body must not be read itself */
export function hashed(body: Body): HashedBody {
  const pieces = piecesOf(body);
  const sum = createHash('sha256');
  if (pieces !== undefined) {
    return {
      body: pieces,
      hash: () => {
        for (const piece of pieces) sum.update(piece);
        return { size: lengthOf(pieces), sha256: sum.digest('hex') };
      },
    };
  }
  let size = 0;
  const passing = async function* () {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      sum.update(chunk);
      size += chunk.byteLength;
      yield chunk;
    }
  };
  return { body: passing(), hash: () => ({ size, sha256: sum.digest('hex') }) };
}

/** Returns any body as one new array. Later changes of the source do not change it. */
export async function collectBody(body: Body): Promise<Uint8Array> {
  const pieces = piecesOf(body);
  if (pieces !== undefined) return concatBytes(pieces);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk.slice());
  return concatBytes(chunks);
}

/** Joins the chunks in a new `ArrayBuffer`, at byte offset 0, so that any typed array can be a view of them. */
export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(lengthOf(chunks));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.byteLength;
  }
  return joined;
}
