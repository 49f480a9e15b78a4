import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Growable } from '../../../shared/columns/growable.ts';
import { ITEM_LINE_REASONS, parseItemLine } from '../../../shared/model/item-line.ts';

const { notAnId, tooLarge } = ITEM_LINE_REASONS;

/** Parses the line behind an id of an earlier line. */
function read(line: string) {
  const ids = new Growable(Float64Array, 1);
  ids.push(77);
  const bytes = Buffer.from(`x${line}x`);
  const result = parseItemLine(bytes, 1, bytes.length - 1, ids);
  expect(ids.view()[0]).toBe(77);
  return { result, ids: [...ids.view().subarray(1)] };
}

describe('lines of item ids', () => {
  test('A line gives its ids in order, with repetitions', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(9), fc.maxSafeNat()), { minLength: 1, maxLength: 50 }), (ids) => {
        expect(read(ids.join(' '))).toEqual({ result: ids.length, ids });
      }),
    );
  });

  test.each([
    ['0', [0]],
    ['9007199254740991', [Number.MAX_SAFE_INTEGER]],
    ['00000000000000000000000000007 8', [7, 8]],
    ['4294967296 2147483648', [2 ** 32, 2 ** 31]],
  ])('The line %s is read as its ids', (line, ids) => expect(read(line)).toEqual({ result: ids.length, ids }));

  test.each([
    ...['', ' ', '1  2', ' 1', '1 ', '1\t2', '1,2', '-1', '+1', '1.0', '1e3', 'x', '1 x', '1x', '0x1', '1\u00a02'].map(
      (line) => [line, notAnId] as const,
    ),
    ...['9007199254740992', '1 9007199254740993 2', '9'.repeat(400)].map((line) => [line, tooLarge] as const),
  ])('The line %j is rejected, and earlier ids are kept', (line, reason) => {
    expect(read(line)).toEqual({ result: reason, ids: [] });
  });

  test('A line is accepted exactly when all its words are safe integers', () => {
    const word = fc.oneof(
      fc.nat(100).map(String),
      fc.constantFrom('', '9007199254740992', '-1', '1.5', 'a', '\t', '007'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const right = words.length > 0 && words.every((one) => /^\d+$/.test(one) && Number.isSafeInteger(Number(one)));
        const { result, ids } = read(words.join(' '));
        expect(typeof result === 'number').toBe(right);
        expect(ids).toEqual(right ? words.map(Number) : []);
      }),
    );
  });
});
