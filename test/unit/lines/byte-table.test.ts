import { expect, test } from 'vitest';
import { bytesOf, viewOf } from '../../../shared/columns/bytes.ts';
import { ByteTable } from '../../../shared/lines/byte-table.ts';

test('Keys are numbered in the order of their first occurrence', () => {
  const table = new ByteTable();
  const intern = (text: string) => table.intern(viewOf(Buffer.from(text)), 0, Buffer.byteLength(text));
  expect(['ab', 'c', 'ab', '', 'c', '', 'abc'].map(intern)).toEqual([0, 1, 0, 2, 1, 2, 3]);
  expect(table.size).toBe(4);
  expect([0, 1, 2, 3].map((index) => Buffer.from(bytesOf(table.key(index))).toString())).toEqual([
    'ab',
    'c',
    '',
    'abc',
  ]);
});

test('The table agrees with a Map of strings while it grows', () => {
  const table = new ByteTable();
  const map = new Map<string, number>();
  let state = 1;
  for (let i = 0; i < 50_000; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const text = `client-${state % 9_000}`;
    if (!map.has(text)) map.set(text, map.size);
    const bytes = viewOf(Buffer.from(`<${text}>`));
    expect(table.intern(bytes, 1, bytes.byteLength - 1)).toBe(map.get(text));
  }
  expect(table.size).toBe(map.size);
  for (const [text, index] of map) {
    const bytes = viewOf(Buffer.from(text));
    expect(table.find(bytes, 0, bytes.byteLength)).toBe(index);
  }
  expect(table.find(viewOf(Buffer.from('none')), 0, 4)).toBe(-1);
});
