/**
 * Baskets the slow way: one user after another, one action after another.
 *
 * The definition is that of `functions/basketanalysis/README.md`, after Seldon's
 * `io.seldon.spark.transactions.BasketAnalysis`.
 */
import { byUser, isGapTooLong, type PlainAction, type PlainVisitSettings } from './visits.ts';

/** Returns user → a line for each of the user's baskets that is not empty. Users without such a basket are left out. */
export function basketsPlainly(
  actions: readonly PlainAction[],
  settings: PlainVisitSettings & { readonly addToBasketType: number; readonly removeFromBasketType: number },
): Map<number, string[]> {
  const { addToBasketType, removeFromBasketType } = settings;
  const isAdd = (action: PlainAction) => action.type === addToBasketType;
  const counted = actions.filter((action) => isAdd(action) || action.type === removeFromBasketType);
  const baskets = new Map<number, string[]>();
  for (const [user, userActions] of byUser(counted, settings)) {
    // Ties of time go by item, then an add goes before a remove.
    const inOrder = [...userActions].sort(
      (a, b) => a.timeMs - b.timeMs || a.item - b.item || Number(isAdd(b)) - Number(isAdd(a)),
    );
    let basket: number[] = [];
    const closed: number[][] = [];
    for (const [index, action] of inOrder.entries()) {
      const before = inOrder[index - 1];
      if (isAdd(action) && before !== undefined && isGapTooLong(before, action, settings)) {
        closed.push(basket);
        basket = [];
      }
      basket = basket.filter((item) => item !== action.item);
      if (isAdd(action)) basket.push(action.item);
    }
    closed.push(basket);
    const lines = closed.filter((items) => items.length > 0).map((items) => items.sort((a, b) => a - b).join(' '));
    if (lines.length > 0) baskets.set(user, lines);
  }
  return baskets;
}
