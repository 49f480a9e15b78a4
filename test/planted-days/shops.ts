/** The shops on which planted faults are measured. */
import { type Days, realShop } from './events.ts';
import { generatedShop } from './generated-shop.ts';

/** The margins of `shared/verdict/input-faults.ts` were chosen on these. */
export const SETTING: Readonly<Record<string, () => Days>> = {
  'Online Retail': () => realShop('onlineretail'),
  'generated, 2,000 actions a day': () =>
    generatedShop({ seed: 1, days: 200, lines: 2000, spread: 0.2, users: 20_000, items: 2000 }),
  'generated, 500 actions a day, closed on one weekday': () =>
    generatedShop({ seed: 2, days: 200, lines: 500, spread: 0.4, users: 3000, items: 500, closed: [3] }),
};

/** These were looked at only after the margins were chosen. */
export const CONFIRMING: Readonly<Record<string, () => Days>> = {
  MovieTweetings: () => realShop('movietweetings'),
  'generated, 800 actions a day': () =>
    generatedShop({ seed: 3, days: 200, lines: 800, spread: 0.3, users: 8000, items: 5000 }),
  'generated, 5,000 actions a day, closed on two weekdays': () =>
    generatedShop({ seed: 4, days: 150, lines: 5000, spread: 0.1, users: 50_000, items: 800, closed: [2, 3] }),
};
