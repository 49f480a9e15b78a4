import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findRepeatedKeys } from '../../../shared/config/repeated-keys.ts';

describe('repeated keys', () => {
  test.each([
    ['{"rank": 8, "days": 1}', []],
    ['{"rank": 8,\n "days": 1,\n "rank": 9}', [{ key: 'rank', lines: [1, 3] }]],
    // The same key is written in two ways.
    ['{"rank": 8, "r\\u0061nk": 9}', [{ key: 'rank', lines: [1, 1] }]],
    // A key may occur in each of two objects, but only once in one object.
    ['{"a": [{"b": 1}, {"b": 2, "b": 3}]}', [{ key: 'a.1.b', lines: [1, 1] }]],
    ['{"a": "a\\":{\\"a\\":", "c": {"a": {"d": 1, "d": 1}}}', [{ key: 'c.a.d', lines: [1, 1] }]],
    ['{"__proto__": 1, "__proto__": 2}', [{ key: '__proto__', lines: [1, 1] }]],
    ['["a", "a"]', []],
    ['"a"', []],
    ['7', []],
  ])('The repeated keys of %s are found with their lines', (text, repeated) => {
    expect(findRepeatedKeys(text)).toEqual(repeated);
  });

  test('JSON.stringify writes no repeated keys', () => {
    fc.assert(fc.property(fc.json(), (text) => findRepeatedKeys(text).length === 0));
  });
});
