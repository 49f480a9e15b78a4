import { expect, test } from 'vitest';
import { word2vec } from '../../../functions/word2vec/job.ts';
import { vectorSizeWarnings } from '../../../functions/word2vec/settings.ts';

test('The default size of vectors is that of the original server', () => {
  expect(word2vec.settings.parse({}).vectorSize).toBe(200);
});

test.each([
  [true, 200, false],
  [true, 199, true],
  [true, 30, true],
  [false, 30, false],
])('With activate %s and vectorSize %i a warning is given: %s', (activate, vectorSize, isWarned) => {
  const warnings = vectorSizeWarnings({ activate, vectorSize });
  expect(warnings).toEqual(
    isWarned ? [expect.stringContaining(`vectorSize is ${vectorSize}: the original server`)] : [],
  );
});
