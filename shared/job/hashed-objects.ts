/**
 * Objects of the work area that will become output files. Their hashes are taken while they are written, and are stored beside
 * them. Publishing compares an object with its hash, and so it often need not read the object.
 */
import { defined } from '../defined.ts';
import { MissingObjectError, PreconditionFailedError } from '../errors.ts';
import { hashed, hashOfAll } from '../store/body.ts';
import { hashKey } from '../store/keys.ts';
import { type JsonRecord, openSealed, sealed } from '../store/sealed.ts';
import type { Body, ObjectInfo, StreamOptions } from '../store/store.ts';
import type { WorkArea } from './work-area.ts';

const OTHER_CONTENT = 'its content is not what was written';

/** The record beside an object that will become an output file. */
interface KeptHash extends JsonRecord {
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /**
   * Only for a store that cannot compare contents (`Store.holds`). In such a store, an object with the same ETag has the same
   * content.
   */
  readonly etag?: string;
}

/** Writes an object as `WorkArea.commit`, and its hash beside it. Returns true if this attempt wrote the object. */
export async function commitHashed(work: WorkArea, key: string, body: Body): Promise<boolean> {
  const hashing = hashed(body);
  let etag: string | undefined;
  try {
    const written = await work.store.put(key, hashing.body, { absent: true });
    if (work.store.holds === undefined) etag = written.etag;
  } catch (error) {
    if (error instanceof PreconditionFailedError) return false;
    throw error;
  }
  await keepHash(work, key, defined({ ...hashing.hash(), etag }));
  return true;
}

/**
 * Writes the hash of an object whose writer died before it could write it. The hash is not taken from the object, because
 * nobody knows whether the object is still as it was written.
 *
 * @param compute returns the right content of the object
 */
export async function commitMissingHash(work: WorkArea, key: string, compute: () => Promise<Body>): Promise<void> {
  if ((await work.store.head(hashKey(key))) !== undefined) return;
  await keepHash(work, key, await hashOfAll(await compute()));
}

const keepHash = (work: WorkArea, key: string, hash: KeptHash): Promise<boolean> =>
  work.commit(hashKey(key), sealed(hash));

/**
 * Compares an object with the hash beside it. Returns the object's SHA-256 in hexadecimal digits.
 *
 * @param staged the answer of `head` for the object, just now
 * @throws DamagedObjectError when the object has other bytes than were written, and when it has no hash
 */
export async function verified(work: WorkArea, staged: ObjectInfo): Promise<string> {
  const { key, size } = staged;
  const kept = await hashOf(work, key);
  if (kept.size !== size) {
    throw await work.damaged(key, `it has ${size} bytes, not the ${kept.size} that were written`);
  }
  if (!(await isAsWritten(work, staged, kept))) throw await work.damaged(key, OTHER_CONTENT);
  return kept.sha256;
}

async function isAsWritten({ store }: WorkArea, staged: ObjectInfo, { sha256, etag }: KeptHash): Promise<boolean> {
  if (store.holds !== undefined) return store.holds(staged, sha256);
  if (etag !== undefined) return etag === staged.etag;
  return (await hashOfAll(store.stream(staged.key, { transient: true }))).sha256 === sha256;
}

/**
 * Streams a whole object, and compares it with its hash.
 *
 * @param sha256 the object's hash, if the caller has read it already
 * @throws DamagedObjectError, after the last chunk, when the object has other bytes than were written
 */
export async function* streamVerified(
  work: WorkArea,
  key: string,
  options?: StreamOptions,
  sha256?: string,
): AsyncGenerator<Uint8Array> {
  const expected = sha256 ?? (await hashOf(work, key)).sha256;
  const { body, hash } = hashed(work.stream(key, options));
  yield* body as AsyncIterable<Uint8Array>;
  if (hash().sha256 !== expected) throw await work.damaged(key, OTHER_CONTENT);
}

async function hashOf(work: WorkArea, key: string): Promise<KeptHash> {
  const beside = hashKey(key);
  let bytes: Uint8Array;
  try {
    bytes = (await work.store.get(beside)).bytes;
  } catch (error) {
    if (!(error instanceof MissingObjectError)) throw error;
    throw await work.damaged(key, 'there is no hash to compare it with', error);
  }
  try {
    return openSealed<KeptHash>(bytes, `${work.store.root}/${beside}`);
  } catch (error) {
    throw await work.damaged(key, 'the hash to compare it with is damaged', error);
  }
}
