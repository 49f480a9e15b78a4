/** Readers of the lines that outputs consist of, for the declarations of tables. */
import { Growable } from '../columns/growable.ts';
import { idOf, readNumbers } from '../evaluation/vector-lines.ts';
import { isRecord, parseJson } from '../json.ts';
import { parseActionExactly } from '../model/action-exact.ts';
import { parseItemLine } from '../model/item-line.ts';
import type { TakeLine } from '../model/model-lines.ts';
import type { AddRow } from './model-table.ts';
import type { Cell } from './table-rows.ts';

/** Reads a JSON object in each line. The row has the values of these keys. @throws RangeError for another line */
export const recordRows =
  (...keys: readonly string[]) =>
  (add: AddRow): TakeLine =>
  (buffer, start, end) => {
    const record = parseJson(buffer.toString('utf8', start, end));
    if (!isRecord(record)) throw new RangeError('it is no JSON object');
    add(...keys.map((key) => cellOf(record, key)));
  };

function cellOf(record: Readonly<Record<string, unknown>>, key: string): Cell {
  const value = record[key];
  // The column checks the type of a number, a text or an item of a list.
  if (typeof value === 'number' || typeof value === 'string' || Array.isArray(value)) return value as Cell;
  throw new RangeError(value === undefined ? `it has no ${key}` : `its ${key} is ${JSON.stringify(value)}`);
}

/**
 * Reads an id, a bar, and numbers between separators in each line. The row is the id and the vector, whose numbers are the doubles
 * nearest to the decimals. @throws RangeError for another line, or another number of numbers than in the first line
 */
export const vectorRows =
  (separator: ',' | '|') =>
  (add: AddRow): TakeLine => {
    const code = separator.charCodeAt(0);
    const position = { at: 0 };
    let vector: Float64Array | undefined;
    return (buffer, start, end) => {
      const id = idOf(buffer, start, end, position);
      vector ??= new Float64Array(1 + countOf(buffer, position.at, end, code));
      readNumbers(buffer, position.at, end, separator, vector);
      add(id, vector);
    };
  };

function countOf(buffer: Buffer, start: number, end: number, code: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (buffer[at] === code) count++;
  return count;
}

/** Reads item ids separated by spaces in each line. The row is the line's number, from 1, and the items. @throws RangeError */
export const itemListRows = (add: AddRow): TakeLine => {
  const items = new Growable(Float64Array);
  let lines = 0;
  return (buffer, start, end) => {
    items.truncate(0);
    const read = parseItemLine(buffer, start, end, items);
    if (typeof read === 'string') throw new RangeError(`it is ${read}`);
    add(++lines, items.view());
  };
};

/** Reads a grouped action in each line. The row has all of its fields but the client, in their order. @throws RangeError for another line */
export const actionRows =
  (add: AddRow): TakeLine =>
  (buffer, start, end) => {
    const { record, reason } = parseActionExactly(buffer, start, start, end);
    if (record === undefined) throw new RangeError(`it is no action: ${reason}`);
    const { timestamp_utc: time, itemid, type, value } = record;
    if (time === undefined || itemid === undefined) throw new RangeError('it is no action: no time or no item');
    add(
      time,
      record.client_userid ?? null,
      record.userid,
      itemid,
      record.client_itemid ?? null,
      record.rectag ?? null,
      type,
      value,
      record.extra_data ?? null,
    );
  };
