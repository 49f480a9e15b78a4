/**
 * Generated shops. Each has its own week, hours of a day, popular items, regular users and noise, so that good days differ from
 * each other as they do in real shops.
 */
import { uniform } from '../../shared/example/actions.ts';
import { type Days, type Event, MS_PER_DAY } from './events.ts';

export interface GeneratedShop {
  readonly seed: number;
  readonly days: number;
  /** The mean number of actions a day. */
  readonly lines: number;
  /** The standard deviation of the logarithm of a day's number of actions. */
  readonly spread: number;
  readonly users: number;
  readonly items: number;
  /** The weekdays without an action, 0 to 6 (0 is Thursday, as 1970-01-01 was). */
  readonly closed?: readonly number[];
}

const FIRST_DAY = 15_000;
const TYPES = [0.7, 0.9, 0.98, 1];

export function generatedShop({ seed, days, lines, spread, users, items, closed = [] }: GeneratedShop): Days {
  const random = uniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  /** Draws a rank with a probability of about 1 / rank. */
  const rank = (count: number) => Math.floor(count ** random()) - 1;
  const week = Array.from({ length: 7 }, () => Math.exp(0.3 * normal()));
  const result = new Map<number, Event[]>();
  for (let day = FIRST_DAY; day < FIRST_DAY + days; day++) {
    if (closed.includes(day % 7)) continue;
    const count = Math.max(1, Math.round(lines * week[day % 7]! * Math.exp(spread * normal())));
    const events: Event[] = [];
    while (events.length < count) {
      // A user comes for a visit of some actions. A third of the visitors were never seen before.
      const user = random() < 0.3 ? 1_000_000 + Math.floor(1e9 * random()) : 1 + rank(users);
      const begin = (6 + 16 * Math.min(1, Math.max(0, 0.5 + 0.22 * normal()))) * 3_600_000;
      const visit = 1 + Math.floor(-6 * Math.log(1 - random()));
      // The assortment moves on: each day some items are new and some are gone.
      const start = (day - FIRST_DAY) * 2;
      for (let step = 0; step < visit; step++) {
        const draw = random();
        events.push({
          user,
          item: 1 + start + rank(items),
          type: 1 + TYPES.findIndex((share) => draw < share),
          timeMs: day * MS_PER_DAY + Math.floor(Math.min(86_399_000, begin + step * 40_000 * random())),
          value: 1,
        });
      }
    }
    result.set(day, events);
  }
  return result;
}
