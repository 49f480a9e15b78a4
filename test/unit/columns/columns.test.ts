import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ascending, offsetsOf, orderBy, permuted } from '../../../shared/columns/counting-sort.ts';
import { Growable } from '../../../shared/columns/growable.ts';
import { IdIndex } from '../../../shared/columns/id-index.ts';
import { narrowed, narrowIn } from '../../../shared/columns/narrow.ts';
import { sortRange, sortRows } from '../../../shared/columns/sort-range.ts';

describe('IdIndex', () => {
  test('Ids are numbered as a Map numbers them, over the whole range of ids', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(50), fc.maxSafeNat()), { maxLength: 3000 }), (ids) => {
        const index = new IdIndex();
        const map = new Map<number, number>();
        for (const id of ids) {
          if (!map.has(id)) map.set(id, map.size);
          expect(index.add(id)).toBe(map.get(id));
        }
        expect([...index.ids]).toEqual([...map.keys()]);
        expect(index.get(-1)).toBe(-1);
        for (const [id, number] of map) expect(index.get(id)).toBe(number);
      }),
      { numRuns: 30 },
    );
  });
});

describe('counting sort', () => {
  test('Counting sort is stable, and sorts by two keys when the minor one goes first', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 200 }), (rows) => {
        const major = Uint32Array.from(rows, ([key]) => key);
        const minor = Uint32Array.from(rows, ([, key]) => key);
        const order = orderBy(major, offsetsOf(major, 6), orderBy(minor, offsetsOf(minor, 6)));
        const expected = rows
          .map((_, row) => row)
          .sort((a, b) => major[a]! - major[b]! || minor[a]! - minor[b]! || a - b);
        expect([...order]).toEqual(expected);
        expect([...permuted(major, order)]).toEqual([...major].sort((a, b) => a - b));
      }),
    );
  });
});

test('Sorting a range of a column leaves all other elements as they were', () => {
  const stretch = fc.tuple(fc.array(fc.nat(50), { maxLength: 100 }), fc.nat(100), fc.nat(100));
  fc.assert(
    fc.property(stretch, ([values, ...ends]) => {
      const [start, end] = [Math.min(...ends), Math.max(...ends)].map((place) => Math.min(place, values.length));
      const column = Float64Array.from(values);
      sortRange(column, start!, end!);
      const sorted = values.slice(start, end).sort((a, b) => a - b);
      expect([...column]).toEqual([...values.slice(0, start), ...sorted, ...values.slice(end)]);

      // Rows are sorted too, and equal rows keep their order.
      const rows = Uint32Array.from(values.keys());
      const inOrder = [...rows.slice(start, end)].sort((a, b) => values[a]! - values[b]! || a - b);
      sortRows(rows, start!, end!, (a, b) => values[a]! - values[b]!);
      expect([...rows]).toEqual(
        [...values.keys()].map((row, at) => (at < start! || at >= end! ? row : inOrder[at - start!])),
      );
      expect([...ascending(Float64Array.from(values))]).toEqual(
        [...values.keys()].sort((a, b) => values[a]! - values[b]! || a - b),
      );
    }),
  );
});

test('A column is stored in the fewest bytes that hold it and read back unchanged', () => {
  const widths = [
    [1, [0, 255]],
    [4, [0, 256]],
    [4, [2 ** 32 - 1]],
    [8, [2 ** 32]],
    [8, [1, -1]],
    [8, [0.5]],
    [8, [Number.MAX_SAFE_INTEGER, 3]],
    [8, [Number.NaN]],
  ] as const;
  for (const [width, values] of widths) {
    const narrow = narrowed(Float64Array.from(values));
    expect(narrow.BYTES_PER_ELEMENT, `${values}`).toBe(width);
    const { buffer, byteOffset, byteLength } = narrow;
    expect([...narrowIn(new Uint8Array(buffer, byteOffset, byteLength), values.length)]).toEqual(values);
  }
  expect(narrowIn(new Uint8Array(), 0)).toHaveLength(0);
});

test('Growable keeps the pushed values over many doublings', () => {
  const column = new Growable(Float64Array, 1);
  for (let value = 0; value < 5000; value++) column.push(value / 3);
  column.append(Float64Array.of());
  column.append(column.view().slice(0, 3));
  expect([...column.view()].slice(4999)).toEqual([4999 / 3, 0, 1 / 3, 2 / 3]);
  column.truncate(5000);
  expect(column.length).toBe(5000);
  expect([...column.view()]).toEqual(Array.from({ length: 5000 }, (_, value) => value / 3));
  column.truncate(2);
  column.truncate(9);
  column.push(7);
  expect([...column.view()]).toEqual([0, 1 / 3, 7]);
});
