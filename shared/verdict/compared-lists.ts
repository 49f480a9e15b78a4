/**
 * The lists of two models that the check `change` compares: for each of some users (or items), the best items.
 *
 * The users are a sample that does not depend on any setting: those with the smallest hashes among the users that both models
 * have.
 */
import { CorruptInputError } from '../errors.ts';
import { eachModelLine, type TakeLine } from '../model/model-lines.ts';
import { sketchHash } from '../model/stable-hash.ts';

/** The length of a list. */
export const LIST_LENGTH = 10;

/** The lists of one model: the ids of the best items, best first, by the place of the user in the sample. */
export type BestIds = readonly (readonly number[])[];

/** A file of a model that can be read from its beginning to its end. */
export interface StreamedFile {
  readonly name: string;
  /** Reads all bytes in order. A chunk is valid until the next one is requested. */
  stream(): AsyncIterable<Uint8Array>;
}

/** Some ids of one side, by their hashes. */
export class Sample {
  readonly size: number;
  readonly #places: ReadonlyMap<number, number>;
  readonly #largest: number;

  /** @param hashes `sketchHash` of the ids, ascending */
  constructor(hashes: Float64Array) {
    this.size = hashes.length;
    this.#places = new Map([...hashes].map((hash, place) => [hash, place]));
    this.#largest = hashes.at(-1) ?? -1;
  }

  /** Returns the place of an id in the sample, or -1. */
  placeOf(id: number): number {
    const hash = sketchHash(id);
    // The sample has the smallest hashes, so that most ids of a large model need no look-up.
    return hash > this.#largest ? -1 : (this.#places.get(hash) ?? -1);
  }
}

/**
 * Reads the lines of a file, one after another.
 * @param take takes the line `buffer[start, end)`, whose bytes are valid during the call only
 * @throws CorruptInputError for a line that is too long, or that `take` refuses by a RangeError
 */
export async function eachLine(file: StreamedFile, take: TakeLine): Promise<void> {
  await eachModelLine(file.stream(), take, (line, why) => {
    throw new CorruptInputError(`${file.name}, line ${line}: ${why}`);
  });
}

/**
 * Returns the mean share of a list that the other model's list has, too, 0 to 1, over the ids with a list in either model;
 * undefined when there is no such id. Lists of different lengths are measured by the longer one.
 */
export function meanOverlap(a: BestIds, b: BestIds): number | undefined {
  let [lists, sum] = [0, 0];
  for (const [place, one] of a.entries()) {
    const other = new Set(b[place]);
    const longest = Math.max(one.length, other.size);
    if (longest === 0) continue;
    lists++;
    sum += one.filter((id) => other.has(id)).length / longest;
  }
  return lists === 0 ? undefined : sum / lists;
}
