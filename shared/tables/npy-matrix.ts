/** Writes a table of vectors as two arrays for numpy: the matrix of the vectors, and the ids of its rows. */
import { NpyArray } from './npy-array.ts';
import { type Batch, type Column, isLists, numbersIn, type Sink, type Table, type TableWriter } from './table.ts';

/** The places of a table's id and vector among its columns. */
interface VectorColumns {
  readonly id: number;
  readonly vector: number;
}

/**
 * Returns the columns of a table of vectors: one of ids and one of vectors in single precision, in any order. Undefined for every
 * other table, which is no matrix.
 */
export function vectorColumns({ columns }: Pick<Table, 'columns'>): VectorColumns | undefined {
  const id = columns.findIndex(isId);
  const vector = columns.findIndex(isVector);
  return columns.length === 2 && id >= 0 && vector >= 0 ? { id, vector } : undefined;
}

const isId = ({ type, list }: Column): boolean => type === 'int64' && list === undefined;
const isVector = ({ type, list }: Column): boolean => type === 'float32' && list === 'same';

/** *N rows, K numbers of a vector*: the matrix is (N,K) float32, row by row, and the ids are (N) int64. */
export class NpyMatrix implements TableWriter {
  readonly #rows: number;
  readonly #sinks: { readonly matrix: Sink; readonly ids: Sink };
  readonly #places: VectorColumns;
  readonly #ids: NpyArray;
  /** Undefined until the first row, which decides K. */
  #matrix: NpyArray | undefined;

  /**
   * @param rows N, which the headers hold
   * @throws RangeError for a table without vectors
   */
  constructor(table: Table, rows: number, sinks: { readonly matrix: Sink; readonly ids: Sink }) {
    const places = vectorColumns(table);
    if (places === undefined) throw new RangeError(`the table ${table.name} has no vectors`);
    this.#places = places;
    this.#rows = rows;
    this.#sinks = sinks;
    this.#ids = new NpyArray(sinks.ids, 'int64', [rows]);
  }

  async write({ count, columns }: Batch): Promise<void> {
    if (count === 0) return;
    const vectors = columns[this.#places.vector]!;
    if (!isLists(vectors)) throw new RangeError('a vector is a list');
    const { starts, values } = vectors;
    const ids = columns[this.#places.id]!;
    if (isLists(ids)) throw new RangeError('an id is one number');
    this.#matrix ??= this.#open(starts[1]! - starts[0]!);
    await this.#ids.write(numbersIn(ids), 0, count);
    await this.#matrix.write(numbersIn(values), starts[0]!, starts[count]!);
  }

  async finish(): Promise<void> {
    this.#matrix ??= this.#open(0);
    await this.#ids.finish();
    await this.#matrix.finish();
  }

  #open(size: number): NpyArray {
    return new NpyArray(this.#sinks.matrix, 'float32', [this.#rows, size]);
  }
}
