/** Lines of vectors, read from bytes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idOf, readNumbers } from '../../../shared/evaluation/vector-lines.ts';

const read = (text: string, count: number, separator: ',' | '|' = ','): Float32Array => {
  const vector = new Float32Array(count);
  const buffer = Buffer.from(`7|${text}\n`);
  readNumbers(buffer, 2, buffer.length - 1, separator, vector);
  return vector;
};

describe('numbers', () => {
  test('are those that Number makes of the same texts', () => {
    const text = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => String(Number(value.toPrecision(5)))),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.constantFrom(
        '0',
        '-0',
        '0.1',
        '-0.000012345',
        '1e-05',
        '9007199254740993',
        '0.1234567890123456789',
        '5.',
        '.5',
      ),
    );
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (texts) => {
        const finite = texts.map((one) => (Number.isFinite(Math.fround(Number(one))) ? one : '1'));
        expect(read(finite.join('|'), finite.length, '|')).toEqual(Float32Array.from(finite, Number));
      }),
    );
  });

  test.each([
    ['1,2', 3, 'fewer than 3'],
    ['1,2,3', 2, 'more than 2'],
    ['1,,2', 3, '"" is no finite number'],
    ['1,2,', 2, 'more than 2'],
    ['1,x', 2, '"x" is no finite number'],
    ['1,NaN', 2, '"NaN" is no finite number'],
    ['1,-', 2, '"-" is no finite number'],
    ['1,.', 2, '"." is no finite number'],
    ['1,1.2.3', 2, '"1.2.3" is no finite number'],
    ['1e400,1', 2, '"1e400" is no finite number'],
  ])('of another form are refused: %s', (text, count, says) => {
    expect(() => read(text, count)).toThrow(says);
  });
});

test('The id is at the beginning, before a bar', () => {
  const idIn = (line: string): number => idOf(Buffer.from(line), 0, line.length, { at: 0 });
  expect(idIn('9007199254740991|1')).toBe(2 ** 53 - 1);
  for (const line of ['|1', '12', 'a|1', '-1|1', '9007199254740992|1', ''])
    expect(() => idIn(line)).toThrow('an id and a bar');
});
