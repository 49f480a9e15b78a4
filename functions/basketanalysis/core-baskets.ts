/** Baskets: what each user had put in and not taken out again, one basket a visit. */
import type { CollectOptions, UserActions } from '../../shared/shuffle/user-actions.ts';
import type { UserLines } from '../../shared/shuffle/user-lines.ts';
import { isActive, maxGapMs } from '../../shared/shuffle/visit-settings.ts';
import type { BasketSettings } from './settings.ts';

/** What stands for the type of an action in the shuffle: of two actions at once on an item the add comes first. */
export const ADD = 0;
export const REMOVE = 1;

/** Adds and removes. */
export function basketActions({ addToBasketType, removeFromBasketType }: BasketSettings): CollectOptions {
  return {
    keep: ({ type }) => type === addToBasketType || type === removeFromBasketType,
    typeAs: (type) => (type === addToBasketType ? ADD : REMOVE),
  };
}

/**
 * Adds a line for every basket that is not empty, ids ascending. Only an add ends a visit; example, a gap of 1800 s allowed:
 *
 *   time, s      0   60   5000   5060   7000        60 → 5000 is too long, but a remove starts no basket;
 *   action      +7   +3     −7     +9     +3        5060 → 7000 is too long: lines `3 9` and `3`
 */
export function fillBaskets(actions: UserActions, settings: BasketSettings, lines: UserLines): void {
  const { users, offsets, items, times, types } = actions;
  const gap = maxGapMs(settings);
  const basket = new Set<number>();
  const close = (user: number) => {
    if (basket.size > 0) lines.add(user, Float64Array.from(basket).sort(), 0, basket.size);
    basket.clear();
  };
  for (let u = 0; u < users.length; u++) {
    const user = users[u] as number;
    const [first, end] = [offsets[u] as number, offsets[u + 1] as number];
    if (!isActive(end - first, settings)) continue;
    for (let action = first; action < end; action++) {
      const item = items[action] as number;
      if (types[action] === REMOVE) {
        basket.delete(item);
        continue;
      }
      if (action > first && (times[action] as number) - (times[action - 1] as number) > gap) close(user);
      basket.add(item);
    }
    close(user);
  }
}
