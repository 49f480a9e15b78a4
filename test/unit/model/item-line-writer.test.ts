import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ItemLineWriter } from '../../../shared/model/item-line-writer.ts';

test('Ids are written as JSON prints them, up to the largest', () => {
  const edges = [0, 9, 10, 99, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 10 ** 15, 10 ** 15 - 1, Number.MAX_SAFE_INTEGER];
  const someId = fc.oneof(fc.nat(100_000), fc.maxSafeNat(), fc.constantFrom(...edges));
  fc.assert(
    fc.property(fc.array(fc.array(someId, { minLength: 1, maxLength: 12 }), { maxLength: 20 }), (lines) => {
      const writer = new ItemLineWriter();
      for (const ids of lines) writer.line(Float64Array.from([1, ...ids, 1]), 1, 1 + ids.length);
      const expected = lines.map((ids) => `${ids.join(' ')}\n`).join('');
      expect(writer.view().toString('latin1')).toBe(expected);
      expect(writer.length).toBe(expected.length);
    }),
  );
});

test('The text grows as lines are added', () => {
  const writer = new ItemLineWriter();
  const ids = Float64Array.from({ length: 20_000 }, (_, place) => 10 ** 6 + place);
  for (let line = 0; line < 5; line++) writer.line(ids, 0, ids.length);
  expect(writer.view().toString('latin1')).toBe(`${[...ids].join(' ')}\n`.repeat(5));
});
