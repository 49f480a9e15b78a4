/**
 * Assigns ids to a client's own texts, and keeps each text of a shard with its id.
 *
 *   idOf("SKU-3") = 2456475299651555                 computed once; later lines with this text find it in a table
 *
 * Texts are printed as JSON, with their quotes, as an action's texts have them. Equal texts have equal bytes.
 */
import { ByteTable } from '../../shared/lines/byte-table.ts';
import { assignedId } from '../../shared/model/assigned-id.ts';
import { bucketOf, hashId } from '../../shared/model/stable-hash.ts';
import { Records } from './core-records.ts';

const FIRST_IDS = 64;

/** Returns the id of a text. */
export type Assign = (text: string) => number;

/** The ids of one client's users, or of its items. */
export class AssignedIds {
  readonly #assign: Assign;
  readonly #texts = new ByteTable();
  /** The id of each text, by the text's index in the table. */
  #ids = new Float64Array(FIRST_IDS);

  /** @param assign another function than `assignedId`, for tests */
  constructor(assign: Assign = assignedId) {
    this.#assign = assign;
  }

  /** Returns the id of the printed text `bytes[start, end)`. */
  idOf(bytes: DataView, start: number, end: number): number {
    const known = this.#texts.size;
    const index = this.#texts.intern(bytes, start, end);
    if (index === known) this.#add(index, this.#assign(textIn(bytes, start, end)));
    return this.#ids[index]!;
  }

  /**
   * Returns the pairs for the shuffle, in the order in which the texts came: records of an id and its printed text.
   *
   * @param leftOut the ids of users of whom no action is kept
   */
  records(buckets: number, leftOut: ReadonlySet<number> = new Set()): Records {
    const records = new Records(buckets);
    for (let index = 0; index < this.#texts.size; index++) {
      const id = this.#ids[index]!;
      if (leftOut.has(id)) continue;
      const text = this.#texts.key(index);
      records.add(bucketOf(hashId(id), buckets), id, 0, 0, 0, text, 0, text.byteLength);
    }
    return records;
  }

  #add(index: number, id: number): void {
    if (index === this.#ids.length) {
      const larger = new Float64Array(2 * index);
      larger.set(this.#ids);
      this.#ids = larger;
    }
    this.#ids[index] = id;
  }
}

/** Returns the text that is printed as JSON in `bytes[start, end)`. */
export const textIn = ({ buffer, byteOffset }: DataView | Uint8Array, start: number, end: number): string =>
  JSON.parse(Buffer.from(buffer, byteOffset + start, end - start).toString('utf8')) as string;
