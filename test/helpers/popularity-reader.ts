/**
 * Reads the table of popular items as Seldon's server does. Its JDBC driver makes an object of each value, of a class that
 * follows from the type of the column, and the server casts the id to `Long` and the score to `Float` without a check.
 */
import type { Connection, FieldPacket } from 'mysql2/promise';

/** The codes of MySQL's protocol for the types that occur. */
const CLASSES: Readonly<Record<number, readonly [signed: string, unsigned: string]>> = {
  3: ['Integer', 'Long'], // INT
  4: ['Float', 'Float'], // FLOAT
  5: ['Double', 'Double'], // DOUBLE
  8: ['Long', 'BigInteger'], // BIGINT
};
const UNSIGNED = 32;

/** The error that the server ends a request with. */
export class ClassCastError extends Error {
  override name = 'ClassCastError';
}

export type PopularItem = readonly [item: number, score: number];

/** Asks for the `n` most popular items, of all dimensions. @throws ClassCastError */
export async function readPopular(connection: Connection, n: number): Promise<PopularItem[]> {
  const [rows, fields] = await connection.query(
    'SELECT item_id, score FROM items_recent_popularity ORDER BY score DESC LIMIT ?',
    [n],
  );
  const [item, score] = [reader(fields, 'item_id', 'Long'), reader(fields, 'score', 'Float')];
  return (rows as Row[]).map((row) => [item(row), score(row)]);
}

/** Asks for the `n` most popular items of some dimensions. The server takes ids of any type here. @throws ClassCastError */
export async function readPopularOf(
  connection: Connection,
  dimensions: readonly number[],
  n: number,
): Promise<PopularItem[]> {
  const [rows, fields] = await connection.query(
    'SELECT item_id, score FROM dimension NATURAL JOIN item_map_enum NATURAL JOIN items ' +
      'NATURAL JOIN items_recent_popularity ' +
      'WHERE items.type = dimension.item_type AND dim_id IN (?) ORDER BY score DESC LIMIT ?',
    [dimensions, n],
  );
  const score = reader(fields, 'score', 'Float');
  return (rows as Row[]).map((row) => [Number(row.item_id), score(row)]);
}

type Row = Readonly<Record<string, unknown>>;

/** Returns the reader of a column, of whose values the driver makes objects of the wanted class. @throws ClassCastError */
function reader(fields: readonly FieldPacket[], name: string, wanted: string): (row: Row) => number {
  const { type = -1, flags = 0 } = fields.find((field) => field.name === name)!;
  const found = CLASSES[type]?.[(Number(flags) & UNSIGNED) === 0 ? 0 : 1] ?? `type ${type}`;
  return (row) => {
    if (row[name] === null) throw new ClassCastError(`${name} is null`);
    if (found !== wanted) throw new ClassCastError(`${found} cannot be cast to ${wanted}`);
    return Number(row[name]);
  };
}
