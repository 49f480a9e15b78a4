/** Tests that a failed comparison of whole outputs says where they differ. */
import { AssertionError } from 'node:assert';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { expectSameBytes, expectSameFiles } from '../../helpers/same-bytes.ts';

/** Returns the failure, or undefined when there is none. */
function errorOf(compare: () => void): Error | undefined {
  try {
    compare();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

const failureOf = (compare: () => void): string | undefined => errorOf(compare)?.message;

describe('comparison of two files', () => {
  const difference = (found: string | Uint8Array, expected: string | Uint8Array) =>
    failureOf(() => expectSameBytes(found, expected, 'part-00000'));

  test('Equal bytes are equal as text and as bytes', () => {
    expect(difference('a\nb\n', Buffer.from('a\nb\n'))).toBeUndefined();
    expect(difference(new Uint8Array(), '')).toBeUndefined();
  });

  test('The first line that differs is shown as expected and as found', () => {
    expect(difference('one\ntwo\nsix\n', 'one\ntwo\nten\n')).toBe(
      [
        'part-00000: line 3 differs, from byte 0 of the line on (byte 8 of the file).',
        'expected: "ten\\n"',
        'found:    "six\\n"',
      ].join('\n'),
    );
  });

  test('When one file ends early, the missing line and both sizes are shown', () => {
    expect(difference('one\n', 'one\ntwo\n')).toBe(
      [
        'part-00000: line 2 differs, from byte 0 of the line on (byte 4 of the file).',
        'expected: "two\\n"',
        'found:    (the file ends before this line)',
        '8 bytes expected, 4 found',
      ].join('\n'),
    );
    expect(difference('one\ntw', 'one\ntwo\n')).toContain('expected: "two\\n"\nfound:    "tw"\n');
  });

  test('Only the part of a long line around the difference is shown', () => {
    const message = difference(
      `${'é'.repeat(1000)}x${'b'.repeat(1000)}\n`,
      `${'é'.repeat(1000)}y${'b'.repeat(1000)}\n`,
    );
    expect(message).toContain('from byte 2000 of the line on');
    expect(message).toContain(`expected: … "${'é'.repeat(20)}y${'b'.repeat(79)}" …`);
    expect(message!.length).toBeLessThan(600);
  });

  test('Binary bytes are shown in hexadecimal', () => {
    expect(difference(Uint8Array.of(0, 1, 2, 255), Uint8Array.of(0, 1, 3, 255))).toContain(
      'expected: hex 000103ff\nfound:    hex 000102ff',
    );
  });

  test('The first line that differs is shown for the content of gzip files', () => {
    expect(difference(gzipSync('a\nb\n'), gzipSync('a\nc\n'))).toContain('part-00000, unpacked: line 2 differs');
    expect(difference(gzipSync('a\nb\n', { level: 0 }), gzipSync('a\nb\n'))).toContain('compressed differently');
  });
});

test('The failure has no property `diff`, whose value Vitest would print below the message', () => {
  const error = errorOf(() => expectSameBytes('a', 'b', 'part-00000'));
  expect(error).toBeInstanceOf(AssertionError);
  expect(error).not.toHaveProperty('diff');
});

describe('comparison of two folders', () => {
  const files = { 'a/part-0': 'one\n', 'a/part-1': 'two\n' };

  test('Folders with the same files are equal, in any order and kind of table', () => {
    const reversed = new Map(Object.entries(files).reverse());
    expect(failureOf(() => expectSameFiles(reversed, files))).toBeUndefined();
  });

  test('A file that differs is named with its path and the compared case', () => {
    expect(failureOf(() => expectSameFiles({ ...files, 'a/part-1': 'ten\n' }, files, '7 shards'))).toMatch(
      /^a\/part-1, 7 shards: line 1 differs/,
    );
  });

  test('A file that differs is shown before the manifest that repeats its hash', () => {
    const found = { 'a/_SUCCESS': 'hash 1\n', 'a/part-0': 'one\n', 'b/_BEGUN': '1\n' };
    const wanted = { 'a/_SUCCESS': 'hash 2\n', 'a/part-0': 'two\n', 'b/_BEGUN': '2\n' };
    expect(failureOf(() => expectSameFiles(found, wanted))).toMatch(/^a\/part-0: line 1 differs/);
    expect(failureOf(() => expectSameFiles({ ...found, 'a/part-0': 'two\n' }, wanted))).toMatch(/^a\/_SUCCESS: line 1/);
  });

  test('Every path that only one folder has is named', () => {
    const found = { 'a/part-0': 'one\n', 'a/part-2': 'two\n' };
    expect(failureOf(() => expectSameFiles(found, files))).toBe(
      'a/part-1: expected, but not found\na/part-2: found, but not expected',
    );
  });
});
