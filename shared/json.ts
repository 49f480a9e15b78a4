/**
 * A value that JSON can represent: a state, a shard list, a manifest. The type of a JSON document is a `type` and not an
 * `interface`, because only a `type` is assignable to the index signature.
 */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** Returns JSON with sorted keys, so equal values have equal texts. Hashes and manifests need that. */
export function canonicalJson(value: JsonValue | undefined, indent?: number): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isRecord(inner) ? sorted(inner) : inner), indent);
}

/** Returns the value of a JSON text; undefined for any other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // `fromEntries` defines properties, so the key `__proto__` stays an ordinary key.
  return Object.fromEntries(entries);
}
