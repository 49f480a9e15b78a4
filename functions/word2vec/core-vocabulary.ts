/** The vocabulary: the items that are met often enough, most frequent first. */

export interface Vocabulary {
  /** (V) item ids by falling count, ties by name. */
  readonly ids: Float64Array;
  /** (V) how often each is met. */
  readonly counts: Float64Array;
}

/** @param ids different ones, with how often each is met in `counts` */
export function vocabularyOf(ids: Float64Array, counts: Float64Array, minWordCount: number): Vocabulary {
  const frequent = Uint32Array.from(ids.keys()).filter((at) => counts[at]! >= minWordCount);
  const order = frequent.sort((a, b) => counts[b]! - counts[a]! || compareNames(ids[a]!, ids[b]!));
  return {
    ids: Float64Array.from(order, (at) => ids[at]!),
    counts: Float64Array.from(order, (at) => counts[at]!),
  };
}

/** An item's name is its id in digits, compared as text: `10` stands before `9`. */
function compareNames(a: number, b: number): number {
  const [nameA, nameB] = [String(a), String(b)];
  if (nameA === nameB) return 0;
  return nameA < nameB ? -1 : 1;
}
