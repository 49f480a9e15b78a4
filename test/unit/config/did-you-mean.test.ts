import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, editDistance } from '../../../shared/config/did-you-mean.ts';

const KNOWN = ['rank', 'iterations', 'lambda', 'alpha', 'days', 'startDay', 'activate'];

test.each([
  ['rnak', 'rank'], // two neighbouring letters swapped: 1 edit
  ['Rank', 'rank'], // only the case differs
  ['iteration', 'iterations'], // one letter missing
  ['startday', 'startDay'],
  ['day', 'days'],
  ['jdbc', undefined], // nothing within 2 edits
  ['xx', undefined],
  ['', undefined],
  ['x'.repeat(1_000_000), undefined],
])('For the unknown word %.20s the suggestion is %s', (word, meant) => expect(didYouMean(word, KNOWN)).toBe(meant));

test('editDistance is 0 for equal words only, symmetric, and at most the longer length', () => {
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(distance === 0).toBe(a === b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
    { seed: 1 },
  );
});
