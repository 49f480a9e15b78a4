import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findJsonError } from '../../../shared/config/json-error.ts';

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('findJsonError', () => {
  // Lines and columns were counted by hand in these texts.
  test.each([
    ['{"a": 1,\n "b": 2', 2, 8, 'the text ends too early: the { opened on line 1 has no closing }'],
    ['{"a": 1\n "b": 2}', 2, 2, 'a comma or a closing } is missing before this'],
    ['{"a": [1, 2}', 1, 12, 'a closing ] is expected before this }'],
    ['{"a": 1,}', 1, 9, 'remove the comma before this }'],
    ['[1,]', 1, 4, 'remove the comma before this ]'],
    ['{"a":}', 1, 6, 'a value is missing before this }'],
    ['{"a" 1}', 1, 6, 'a colon is missing between the key and its value'],
    ['{a: 1}', 1, 2, 'a key in double quotes is expected here'],
    ["{'a': 1}", 1, 2, 'a key in double quotes is expected here'],
    ['{"a": True}', 1, 7, 'a value is expected here'],
    ['{"a": 01}', 1, 7, 'a value is expected here'],
    ['{"a": "x}\n', 1, 7, 'the text that starts here has no closing double quote'],
    ['{"a": "\\x"}', 1, 8, 'this backslash starts no escape that JSON knows'],
    ['{"a": 1}}', 1, 9, 'the JSON has ended before this'],
    [' \n', 2, 1, 'the text is empty; write {} for the defaults'],
    [']', 1, 1, 'there is no [ that this ] closes'],
  ])('The error in %j is found at its line and column', (text, line, column, reason) => {
    const found = findJsonError(text);
    expect(found).toMatchObject({ line, column });
    expect(found?.reason).toContain(reason);
  });

  test('In damaged JSON an error is found exactly when JSON.parse refuses the text', () => {
    const damaged = fc
      .tuple(fc.json(), fc.array(fc.tuple(fc.nat(200), fc.constantFrom(...'{}[]:,"\\ 01.-e\ntru'), fc.boolean())))
      .map(([json, edits]) =>
        edits.reduce((text, [at, char, replace]) => {
          const place = at % (text.length + 1);
          return text.slice(0, place) + char + text.slice(place + (replace ? 1 : 0));
        }, json),
      );
    fc.assert(
      fc.property(damaged, (text) => {
        expect(findJsonError(text) === undefined).toBe(parses(text));
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  test('A million open brackets do not overflow the stack', () => {
    expect(findJsonError('['.repeat(1_000_000))).toMatchObject({ offset: 1_000_000 });
  });

  test('An error never quotes the text, which may hold a password', () => {
    const found = findJsonError('{"jdbc": "jdbc:mysql://h/db?password=hunter2" "x"}');
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});
