/** The small JSON documents beside the versions of a model. Each is replaced as a whole under compare-and-set. */
import type * as z from 'zod';
import { DamagedObjectError, MissingObjectError, PreconditionFailedError } from '../errors.ts';
import { type JsonRecord, openSealed, sealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';

/** A kind of document. */
export interface DocumentKind<T> {
  readonly schema: z.ZodType<T>;
  /** The value of a document that does not exist yet. */
  readonly empty: T;
  /** A sentence for the message about a damaged document: what to do, and what happens to its content. */
  readonly cure: string;
}

interface Found<T> {
  readonly value: T;
  /** Undefined when the document does not exist yet. */
  readonly etag: string | undefined;
}

/** Reads a document. @throws DamagedObjectError for a torn document, or one of another form */
export async function readDocument<T>(store: Store, key: string, kind: DocumentKind<T>): Promise<Found<T>> {
  try {
    const { bytes, etag } = await store.get(key);
    return { value: parse(bytes, `${store.root}/${key}`, kind), etag };
  } catch (error) {
    if (error instanceof MissingObjectError) return { value: kind.empty, etag: undefined };
    throw error;
  }
}

/**
 * Replaces a document by the result of `next`, or leaves it alone when the result is undefined. It starts again when another
 * process has changed the document between reading and writing. Resolves to the document's final value.
 */
export async function updateDocument<T>(
  store: Store,
  key: string,
  kind: DocumentKind<T>,
  next: (value: T) => T | undefined,
): Promise<T> {
  for (;;) {
    const { value, etag } = await readDocument(store, key, kind);
    const changed = next(value);
    if (changed === undefined) return value;
    try {
      const condition = etag === undefined ? ({ absent: true } as const) : { ifMatch: etag };
      await store.put(key, `${sealed(changed as JsonRecord, 1)}\n`, condition);
      return changed;
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
  }
}

/**
 * Returns the value of a document, or `instead` when the document is damaged, after a warning. It is meant for documents
 * that inform and decide nothing.
 * @param warn hears that the document is damaged; without it a damaged document is an error
 * @throws DamagedObjectError without `warn`; every other error of `read`
 */
export async function unlessDamaged<T>(read: () => Promise<T>, instead: T, warn: Warn | undefined): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DamagedObjectError) || warn === undefined) throw error;
    warn(error.message);
    return instead;
  }
}

/** Receives a warning of one sentence. */
export type Warn = (words: string) => void;

function parse<T>(bytes: Uint8Array, name: string, { schema, cure }: DocumentKind<T>): T {
  const parsed = schema.safeParse(openSealed(bytes, name, cure));
  if (parsed.success) return parsed.data;
  throw new DamagedObjectError(`${name} is damaged: it does not have the form of such a document. ${cure}`);
}
