/**
 * Reads the file of popular items by dimension as Seldon's server does, a line at a time, with the rules of its JSON library:
 * a fraction of an integer is cut off, a text that spells an integer is taken, and a missing key is 0. An unknown key, a blank
 * line, or a number outside of its type makes it refuse the whole file.
 */

export interface RankedItem {
  readonly item: number;
  readonly count: number;
}

/** Dimension → its items in the order of the file. */
export type RankedDimensions = ReadonlyMap<number, readonly RankedItem[]>;

const BITS: Readonly<Record<string, number>> = { dim: 31, item: 63, count: 31 };

/** @throws RangeError with the line that the server refuses */
export function readDimensions(text: string): RankedDimensions {
  const found = new Map<number, RankedItem[]>();
  for (const line of text.split('\n').slice(0, -1)) {
    const record: Record<string, unknown> = JSON.parse(line === '' ? 'null' : line) ?? refuse('a blank line');
    for (const key of Object.keys(record)) if (!(key in BITS)) refuse(line);
    const [dim, item, count] = Object.entries(BITS).map(([key, bits]) => integerOf(record[key], bits, line)) as [
      number,
      number,
      number,
    ];
    found.set(dim, [...(found.get(dim) ?? []), { item, count }]);
  }
  return found;
}

function integerOf(value: unknown, bits: number, line: string): number {
  if (value === undefined) return 0;
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || number >= 2 ** bits || number < -(2 ** bits)) return refuse(line);
  return Math.trunc(number);
}

/** Returns the `n` best items of a dimension with their scores: the count, divided by that of the first one not excluded. */
export function recommendOf(
  model: RankedDimensions,
  dimension: number,
  n: number,
  excluded: ReadonlySet<number> = new Set(),
): readonly (readonly [item: number, score: number])[] {
  const own = (model.get(dimension) ?? []).filter(({ item }) => !excluded.has(item));
  return own.slice(0, n).map(({ item, count }) => [item, count / own[0]!.count]);
}

const refuse = (line: string): never => {
  throw new RangeError(`the server refuses the file because of the line ${line}`);
};
