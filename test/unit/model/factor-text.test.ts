import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptInputError, NumericalError } from '../../../shared/errors.ts';
import { FactorTextWriter, parseFactors } from '../../../shared/model/factor-text.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytesOf = (lines: string): Uint8Array => new TextEncoder().encode(lines);

/** Returns the factors of one row as they are written. */
function written(...factors: number[]): string[] {
  const writer = new FactorTextWriter(1);
  writer.row(0, Float32Array.from(factors), 0, factors.length);
  return text(writer.take()).slice(2, -1).split(',');
}

describe('FactorTextWriter', () => {
  test('Rows are written as C writes them with %.5g', () => {
    const writer = new FactorTextWriter();
    writer.row(7, Float32Array.of(9, 0.5, -12.345, 1.234e-5, 0, 1), 1, 4);
    writer.row(2 ** 53 - 1, Float32Array.of(1), 0, 1);
    expect(writer.length).toBe('7|0.5,-12.345,1.234e-05,0\n9007199254740991|1\n'.length);
    expect(text(writer.take())).toBe('7|0.5,-12.345,1.234e-05,0\n9007199254740991|1\n');
    expect(text(writer.take())).toBe('');
    writer.row(10, Float32Array.of(-0), 0, 1);
    expect(text(writer.take())).toBe('10|0\n');
  });

  test('Ids of every length are written', () => {
    const writer = new FactorTextWriter();
    const ids = Array.from({ length: 16 }, (_, digits) => [10 ** digits - 1, 10 ** digits]).flat();
    for (const id of ids) writer.row(id, Float32Array.of(2), 0, 1);
    expect(text(writer.take())).toBe(ids.map((id) => `${id}|2\n`).join(''));
  });

  test.each([
    // These are printf("%.5g") of the nearest float32. That of 0.999995 is 0.99999499, which lies below the middle.
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [0.00012345, '0.00012345'],
    [99999, '99999'],
    [99999.5, '1e+05'],
    [100000, '1e+05'],
    [123456, '1.2346e+05'],
    [9.99995, '10'],
    [9.99994, '9.9999'],
    [0.999995, '0.99999'],
    [0.9999951, '1'],
    [0.0999995, '0.1'],
    [1200, '1200'],
    [12.3, '12.3'],
    [3.4028234663852886e38, '3.4028e+38'],
    [1.1754943508222875e-38, '1.1755e-38'],
    [1.401298464324817e-45, '1.4013e-45'],
    // Exact ties are rounded away from zero, as toPrecision does. Here the float32 equals the decimal number.
    [12344.5, '12345'],
    [12345.5, '12346'],
    [-12345.5, '-12346'],
    [2.03125, '2.0313'],
  ])('The factor %d is written as %s', (factor, expected) => {
    expect(written(factor)).toEqual([expected]);
  });

  test('Every float32 is rounded as toPrecision rounds it, in at most 11 characters', () => {
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    const check = (value: number) => {
      const [form = ''] = written(value);
      expect(Number(form)).toBe(Number(value.toPrecision(5)));
      expect(form).toMatch(/^-?(0|[1-9]\d{0,4})(\.\d*[1-9])?(e[+-]\d\d)?$/);
      expect(form.length).toBeLessThanOrEqual(11);
    };
    // Any bits are tried, including subnormals and both signs.
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
        bits[0] = word;
        if (Number.isFinite(float[0]!)) check(float[0]!);
      }),
      { numRuns: 5_000, seed: 1 },
    );
    // Values around powers of ten and around the middle between two neighbours are tried.
    for (let exponent = -44; exponent <= 38; exponent++) {
      for (const digits of [1, 9.99995, 9.99985, 1.00005, 5.00005]) {
        float[0] = Number(`${digits}e${exponent}`);
        const middle = bits[0]!;
        for (let step = -3; step <= 3; step++) {
          bits[0] = middle + step;
          if (float[0]! > 0 && Number.isFinite(float[0]!)) check(float[0]!);
        }
      }
    }
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('The factor %d is refused', (factor) => {
    const writer = new FactorTextWriter();
    expect(() => writer.row(12, Float32Array.of(1, factor), 0, 2)).toThrow(NumericalError);
    expect(() => writer.row(12, Float32Array.of(1, factor), 0, 2)).toThrow(/factor 2 of id 12/);
    // No part of the row is kept.
    expect(writer.length).toBe(0);
  });
});

describe('parseFactors', () => {
  test('Written rows are read back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.tuple(fc.maxSafeNat(), fc.float({ noNaN: true, noDefaultInfinity: true })), { maxLength: 20 }),
        (rank, rows) => {
          const writer = new FactorTextWriter(1);
          for (const [id, factor] of rows) writer.row(id, new Float32Array(rank).fill(factor), 0, rank);
          const parsed = parseFactors(writer.take());
          expect([...parsed.ids]).toEqual(rows.map(([id]) => id));
          expect(parsed.rank).toBe(rows.length === 0 ? 0 : rank);
          const expected = rows.flatMap(([, factor]) =>
            Array.from({ length: rank }, () => Number(factor.toPrecision(5))),
          );
          // Adding 0 is needed because a negative zero is written as 0.
          expect([...parsed.factors]).toEqual([...Float32Array.from(expected)].map((value) => value + 0));
        },
      ),
    );
  });

  test.each([
    ['1|0.5', /line 1 does not end/],
    ['1|0.5\n2|1,2\n', /line 2 is not an id, a bar and 1 numbers: '2\|1,2'/],
    ['1|0.5\n2\n', /line 2/],
    ['|0.5\n', /line 1/],
    ['-1|0.5\n', /line 1/],
    ['1|NaN\n', /line 1/],
    ['1|0.5,\n', /line 1/],
    ['1|0.5\n\n', /line 2/],
  ])('The text %j is refused', (lines, message) => {
    expect(() => parseFactors(bytesOf(lines))).toThrow(CorruptInputError);
    expect(() => parseFactors(bytesOf(lines))).toThrow(message);
  });
});
