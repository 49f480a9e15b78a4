/**
 * The vectors of a model as columns.
 *
 * *N vectors, K rank, B buckets of users.*
 */
import { ascending, offsetsOf, orderBy } from '../../shared/columns/counting-sort.ts';
import { Growable } from '../../shared/columns/growable.ts';
import { idOf, readNumbers } from '../../shared/evaluation/vector-lines.ts';
import { bucketOfId } from '../../shared/shuffle/buckets.ts';

const COMMA = 0x2c;

export interface Vectors {
  /** (N) */
  readonly ids: Float64Array;
  /** (N,K) */
  readonly vectors: Float32Array;
}

/** Takes lines `<id>|<f1>,<f2>,…`. All must have as many numbers as the first one. */
export class VectorLines {
  /** K; 0 before the first line. */
  rank = 0;
  readonly #ids = new Growable(Float64Array);
  readonly #vectors = new Growable(Float32Array);
  readonly #position = { at: 0 };
  #vector = new Float32Array(0);

  get length(): number {
    return this.#ids.length;
  }

  /** Adds a line. Returns its id. @param isWanted drops other ids @throws RangeError for a line of another form */
  add(buffer: Buffer, start: number, end: number, isWanted: (id: number) => boolean = () => true): number {
    const id = idOf(buffer, start, end, this.#position);
    if (this.rank === 0) this.#begin(buffer, this.#position.at, end);
    readNumbers(buffer, this.#position.at, end, ',', this.#vector);
    if (isWanted(id)) {
      this.#ids.push(id);
      this.#vectors.append(this.#vector);
    }
    return id;
  }

  /** Returns views of all vectors, in the order of the lines. */
  vectors(): Vectors {
    return { ids: this.#ids.view(), vectors: this.#vectors.view() };
  }

  #begin(buffer: Buffer, start: number, end: number): void {
    this.rank = 1;
    for (let at = start; at < end; at++) if (buffer[at] === COMMA) this.rank++;
    this.#vector = new Float32Array(this.rank);
  }
}

/** Returns the vectors in layout order (`buckets.ts`), and the first vector of each bucket (B + 1). */
export function inLayout(
  { ids, vectors }: Vectors,
  rank: number,
  buckets: number,
): Vectors & { readonly offsets: Uint32Array } {
  const bucketOf = Uint32Array.from(ids, (id) => bucketOfId(id, buckets));
  const offsets = offsetsOf(bucketOf, buckets);
  const order = orderBy(bucketOf, offsets, ascending(ids));
  const placed = { ids: new Float64Array(ids.length), vectors: new Float32Array(ids.length * rank), offsets };
  for (let place = 0; place < order.length; place++) {
    const row = order[place]!;
    placed.ids[place] = ids[row]!;
    placed.vectors.set(vectors.subarray(row * rank, (row + 1) * rank), place * rank);
  }
  return placed;
}
