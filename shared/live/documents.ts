/** The small JSON documents beside the versions of a model, each replaced as a whole under compare-and-set. */
import type * as z from 'zod';
import { DamagedObjectError, MissingObjectError, PreconditionFailedError } from '../errors.ts';
import { type JsonRecord, openSealed, sealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';

/** A kind of document. */
export interface DocumentKind<T> {
  readonly schema: z.ZodType<T>;
  /** What a document that is not there yet stands for. */
  readonly empty: T;
  /** What to do about a document that is damaged, and what becomes of what it said: a sentence. */
  readonly cure: string;
}

interface Found<T> {
  readonly value: T;
  /** Undefined where there is no document yet. */
  readonly etag: string | undefined;
}

/** @throws DamagedObjectError for a document that is torn, or that somebody else wrote */
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
 * Replaces a document by what `next` makes of it, undefined for leaving it alone. Whoever comes between reading and writing
 * makes it start over. Resolves to the document that is there in the end.
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
 * What a document says, or `instead` where it is damaged, which `warn` hears: for what is good to know and decides nothing.
 * @throws what `read` throws for any other reason; DamagedObjectError where nobody hears of it
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

/** Hears one sentence. */
export type Warn = (words: string) => void;

function parse<T>(bytes: Uint8Array, name: string, { schema, cure }: DocumentKind<T>): T {
  const parsed = schema.safeParse(openSealed(bytes, name, cure));
  if (parsed.success) return parsed.data;
  throw new DamagedObjectError(`${name} is damaged: it says something else than such a document does. ${cure}`);
}
