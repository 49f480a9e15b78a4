/** The vocabulary: the items that occur often enough, the most frequent first. */

export interface Vocabulary {
  /** (V) item ids by descending count; items of equal count by name. */
  readonly ids: Float64Array;
  /** (V) how often each item occurs. */
  readonly counts: Float64Array;
}

/** @param ids distinct ids @param counts how often each id occurs */
export function vocabularyOf(ids: Float64Array, counts: Float64Array, minWordCount: number): Vocabulary {
  const frequent = Uint32Array.from(ids.keys()).filter((at) => counts[at]! >= minWordCount);
  const order = frequent.sort((a, b) => counts[b]! - counts[a]! || compareNames(ids[a]!, ids[b]!));
  return {
    ids: Float64Array.from(order, (at) => ids[at]!),
    counts: Float64Array.from(order, (at) => counts[at]!),
  };
}

/** The name of an item is its id in digits. Names are compared as text, so `10` comes before `9`. */
function compareNames(a: number, b: number): number {
  const [nameA, nameB] = [String(a), String(b)];
  if (nameA === nameB) return 0;
  return nameA < nameB ? -1 : 1;
}
