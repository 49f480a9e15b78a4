/** Baskets: the items that a user put in and did not take out again. Each visit of a user has one basket. */
import { sortRange } from '../../shared/columns/sort-range.ts';
import type { CollectOptions, UserActions } from '../../shared/shuffle/user-actions.ts';
import type { UserLines } from '../../shared/shuffle/user-lines.ts';
import { isActive, maxGapMs, type VisitSettings } from '../../shared/shuffle/visit-settings.ts';
import type { BasketSettings } from './settings.ts';

/**
 * The numbers that replace the types of actions in the shuffle. They are sort keys: of two actions on an item at the same time,
 * the add comes first.
 */
export const ADD = 0;
export const REMOVE = 1;

/** In a visit of at most this many actions, a linear search for each action is faster than a Set. */
const FEW = 32;

/** Selects adds and removes. */
export function basketActions({
  addToBasketType,
  removeFromBasketType,
}: Pick<BasketSettings, 'addToBasketType' | 'removeFromBasketType'>): CollectOptions {
  return {
    keep: ({ type }) => type === addToBasketType || type === removeFromBasketType,
    typeAs: (type) => (type === addToBasketType ? ADD : REMOVE),
  };
}

/**
 * Adds a line for every basket that is not empty, with ascending ids. Only an add can begin a new visit. In this example a gap
 * of 1800 s is allowed:
 *
 *   time, s      0   60   5000   5060   7000        from 60 to 5000 is too long, but a remove begins no visit;
 *   action      +7   +3     −7     +9     +3        from 5060 to 7000 is too long: lines `3 9` and `3`
 */
export function fillBaskets(actions: UserActions, settings: VisitSettings, lines: UserLines): void {
  const { users, offsets, times, types } = actions;
  const gap = maxGapMs(settings);
  const baskets = new BasketWriter(actions, lines);
  for (let u = 0; u < users.length; u++) {
    const user = users[u]!;
    const [first, end] = [offsets[u]!, offsets[u + 1]!];
    if (!isActive(end - first, settings)) continue;
    let visit = first;
    for (let action = first + 1; action < end; action++) {
      if (types[action] === REMOVE || times[action]! - times[action - 1]! <= gap) continue;
      baskets.add(user, visit, action);
      visit = action;
    }
    baskets.add(user, visit, end);
  }
}

class BasketWriter {
  readonly #actions: UserActions;
  readonly #lines: UserLines;
  /** The current basket. */
  #basket = new Float64Array(FEW);

  constructor(actions: UserActions, lines: UserLines) {
    this.#actions = actions;
    this.#lines = lines;
  }

  /**
   * Adds a line with the items that are in the basket after the actions `start` (inclusive) to `end` (exclusive). The last
   * action on an item decides.
   */
  add(user: number, start: number, end: number): void {
    const { items, types } = this.#actions;
    if (end - start > this.#basket.length) this.#basket = new Float64Array(2 * (end - start));
    const basket = this.#basket;
    const seen = end - start > FEW ? new Set<number>() : undefined;
    let count = 0;
    for (let action = end - 1; action >= start; action--) {
      const item = items[action]!;
      if (seen ? seen.has(item) : isAmong(items, action + 1, end, item)) continue;
      seen?.add(item);
      if (types[action] === ADD) basket[count++] = item;
    }
    if (count === 0) return;
    sortRange(basket, 0, count);
    this.#lines.add(user, basket, 0, count);
  }
}

/** True when `items[start, end)` has `item`. */
function isAmong(items: Float64Array, start: number, end: number, item: number): boolean {
  for (let at = start; at < end; at++) if (items[at] === item) return true;
  return false;
}
