/**
 * Writes a table as Parquet, compressed with Snappy, a row group at a time. The format is that of
 * https://parquet.apache.org/docs/file-format/.
 *
 * A row group ends by a rule about rows alone, so the bytes depend neither on the batches in which the rows came nor on a clock.
 */
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import {
  type Batch,
  type Column,
  isLists,
  isTexts,
  type Lists,
  numbersIn,
  type Sink,
  type Table,
  type TableWriter,
  type Values,
} from './table.ts';
import { TableRows } from './table-rows.ts';

/** The most rows of a row group. */
const GROUP_ROWS = 1 << 16;
/**
 * A row group also ends when its lists and texts weigh this much. A group of vectors of 64 numbers then has 8,192 rows, and the
 * writer's arrays take about 60 MB.
 */
const GROUP_WEIGHT = 1 << 23;
/** The weight of a value in a list: it takes this many times the memory of a character of a text. */
const LIST_VALUE_WEIGHT = 16;

export class ParquetTable implements TableWriter {
  readonly #table: Table;
  readonly #sink: Sink;
  readonly #bytes = new ByteWriter(1 << 16);
  readonly #writer: ParquetWriter;
  readonly #group: TableRows;
  #weight = 0;

  constructor(table: Table, sink: Sink) {
    this.#table = table;
    this.#sink = sink;
    this.#group = new TableRows(table);
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema: schemaOf(table), createdBy: 'offline-models' });
  }

  async write(batch: Batch): Promise<void> {
    let start = 0;
    for (let row = 0; row < batch.count; row++) {
      this.#weight += weightOf(batch, row);
      const rows = this.#group.count + row + 1 - start;
      if (rows < GROUP_ROWS && this.#weight < GROUP_WEIGHT) continue;
      this.#group.append(batch, start, row + 1);
      start = row + 1;
      await this.#writeGroup();
    }
    this.#group.append(batch, start, batch.count);
  }

  async finish(): Promise<void> {
    if (this.#group.count > 0) await this.#writeGroup();
    await this.#writer.finish();
    await this.#flush();
  }

  async #writeGroup(): Promise<void> {
    const { count, columns } = this.#group.batch();
    const columnData = this.#table.columns.map((column, index) => sourceOf(column, columns[index]!));
    await this.#writer.write({ columnData, rowGroupSize: count });
    this.#group.clear();
    this.#weight = 0;
    await this.#flush();
  }

  /** Hands on what the writer has written. Its offsets count all bytes, so only the place in its buffer begins again. */
  async #flush(): Promise<void> {
    await this.#sink(this.#bytes.getBytes().slice());
    this.#bytes.index = 0;
  }
}

/** Returns the weight of a row's lists and texts. */
function weightOf({ columns }: Batch, row: number): number {
  let weight = 0;
  for (const column of columns) {
    if (isLists(column)) weight += LIST_VALUE_WEIGHT * (column.starts[row + 1]! - column.starts[row]!);
    else if (isTexts(column)) weight += column[row]?.length ?? 0;
  }
  return weight;
}

const PHYSICAL: Readonly<Record<Column['type'], Omit<SchemaElement, 'name' | 'repetition_type'>>> = {
  int64: { type: 'INT64' },
  int32: { type: 'INT32' },
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
};

/** A list is the three-level structure of https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists. */
const schemaOf = ({ columns }: Table): SchemaElement[] => [
  { name: 'root', num_children: columns.length },
  ...columns.flatMap(({ name, type, list, nullable }): SchemaElement[] =>
    list === undefined
      ? [{ ...PHYSICAL[type], name, repetition_type: nullable === true ? 'OPTIONAL' : 'REQUIRED' }]
      : [
          { name, converted_type: 'LIST', repetition_type: 'REQUIRED', num_children: 1 },
          { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
          { ...PHYSICAL[type], name: 'element', repetition_type: 'REQUIRED' },
        ],
  ),
];

/** Dictionaries pay for ids and texts that repeat. The values of vectors do not repeat, and looking for repeats takes time. */
function sourceOf(column: Column, rows: Values | Lists): ColumnSource {
  const { name, type, list } = column;
  const isVector = list === 'same';
  const data = isLists(rows) ? listsOf(type, rows) : physicalOf(type, rows);
  return isVector ? { name, data, encoding: 'PLAIN', statistics: false } : { name, data };
}

const physicalOf = (type: Column['type'], values: Values): ColumnSource['data'] =>
  type === 'int64' ? BigInt64Array.from(numbersIn(values), BigInt) : [...values];

function listsOf(type: Column['type'], { starts, values }: Lists): ColumnSource['data'] {
  const physical = physicalOf(type, values);
  const lists: unknown[][] = [];
  for (let row = 0; row + 1 < starts.length; row++) {
    lists.push(Array.from(physical.slice(starts[row]!, starts[row + 1]!)));
  }
  return lists;
}
