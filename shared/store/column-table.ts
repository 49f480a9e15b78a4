/**
 * The columns of a step's objects, declared once for writing and for reading.
 *
 *   const COUNTED = new ColumnTable({ items: Float64Array, counts: Uint32Array });
 *   COUNTED.write(writer, { items, counts });
 *   const { items, counts } = await COUNTED.read(file, 'items', 'counts');
 *
 * Each column is a section of the segment file (`segments.ts`) with the column's name, in the order of the table.
 */
import { bytesOf } from '../columns/bytes.ts';
import type { SegmentFile, SegmentWriter } from './segments.ts';

type ColumnType = typeof Float64Array | typeof Float32Array | typeof Uint32Array | typeof Uint8Array;

type ColumnOf<T extends ColumnType> = T extends typeof Float64Array
  ? Float64Array
  : T extends typeof Float32Array
    ? Float32Array
    : T extends typeof Uint32Array
      ? Uint32Array
      : Uint8Array;

/** Column name → array. */
export type Columns<T extends Readonly<Record<string, ColumnType>>> = { readonly [Name in keyof T]: ColumnOf<T[Name]> };

export class ColumnTable<const T extends Readonly<Record<string, ColumnType>>> {
  readonly #types: T;

  /** @param types column name → the type of its array */
  constructor(types: T) {
    this.#types = types;
  }

  /** Adds every column as a section. The arrays are kept, not copied. */
  write(writer: SegmentWriter, columns: Columns<T>): void {
    for (const name of Object.keys(this.#types)) writer.add(name, bytesOf(columns[name]!), columns[name]!.length);
  }

  /** Reads columns with few requests. @throws as `SegmentFile.readMany` */
  async read<Name extends keyof T & string>(file: SegmentFile, ...names: Name[]): Promise<Pick<Columns<T>, Name>> {
    const sections = await file.readMany(names);
    const columns = names.map((name, place) => [name, this.#column(name, sections[place]!)] as const);
    // Each entry has the name of a column and an array of that column's type.
    return Object.fromEntries(columns) as Pick<Columns<T>, Name>;
  }

  /** Reads the rows `from` (inclusive) to `to` (exclusive) of one column. @throws as `SegmentFile.read` */
  async readRows<Name extends keyof T & string>(
    file: SegmentFile,
    name: Name,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<Columns<T>[Name]> {
    const width = this.#types[name]!.BYTES_PER_ELEMENT;
    return this.#column(name, await file.read(name, { start: width * from, end: width * to }));
  }

  /** Returns the bytes of a section as its column. They begin at a multiple of 8 in their buffer, as in every section. */
  #column<Name extends keyof T & string>(name: Name, bytes: Uint8Array): Columns<T>[Name] {
    const Type = this.#types[name]!;
    const column = new Type(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / Type.BYTES_PER_ELEMENT);
    return column as Columns<T>[Name];
  }
}
