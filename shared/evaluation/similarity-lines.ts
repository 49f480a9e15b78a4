/** Reads lines with the similarity of two items, as they are published. */

export interface Similarity {
  readonly item1: number;
  readonly item2: number;
  readonly similarity: number;
}

/** The form in which lines are written. */
const LINE = /^\{"item1":(\d{1,16}),"item2":(\d{1,16}),"sim":([^,}]+)\}$/;

/** @throws RangeError for a line that is no similarity */
export function similarityIn(line: string): Similarity {
  const [, item1, item2, sim] = LINE.exec(line) ?? [];
  const similarity = Number(sim);
  if (item1 === undefined || !(similarity > 0)) throw new RangeError('it is no similarity of two items above zero');
  return { item1: Number(item1), item2: Number(item2), similarity };
}
