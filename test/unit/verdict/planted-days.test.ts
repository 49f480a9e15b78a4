/** Plants faults on a few days of a shop that did not set the limits. `npm run test:long` plants them on every day of six shops. */
import { expect, test } from 'vitest';
import { realShop } from '../../planted-days/events.ts';
import { INPUT_FAULTS } from '../../planted-days/faults.ts';
import { measure } from '../../planted-days/measure.ts';

test('Of gross faults on days of MovieTweetings 17 of 20 are found, and of 100 good days at most five are warned about', () => {
  const { days, warned, faults } = measure(realShop('movietweetings'), INPUT_FAULTS, 11);
  expect(days).toBeGreaterThan(150);
  expect(warned / days).toBeLessThanOrEqual(0.05);
  const found = Object.values(faults).reduce((sum, fault) => sum + fault.found, 0);
  const planted = Object.values(faults).reduce((sum, fault) => sum + fault.planted, 0);
  expect(found / planted).toBeGreaterThanOrEqual(17 / 20);
  // These change so much that no day hides them.
  expect(faults).toMatchObject({
    'every event twice': { found: 15, planted: 15, by: 'duplicates' },
    'the data of the day before again': { found: 15, planted: 15, by: 'repeatedPairs' },
    'times a day off': { found: 15, planted: 15, by: 'otherDays' },
  });
});
