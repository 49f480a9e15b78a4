/** Reads the purchases of the demonstration's customers from the actions that `group-actions` wrote. */
import { listFolder } from '../../shared/job/inputs.ts';
import { readLines } from '../../shared/lines/read-lines.ts';
import { GroupedAction } from '../../shared/model/action-grouped.ts';
import { ACTIONS, dayFolder } from '../../shared/store/keys.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { MODELS } from './places.ts';

/** The `type` of a purchase in these logs. */
const BOUGHT = 1;

/** User → the distinct items bought (or liked), in order of the first time (ties: by id). */
export type Purchases = ReadonlyMap<number, readonly number[]>;

export async function readPurchases(client: string, days: readonly number[]): Promise<Purchases> {
  const store = await openStore(MODELS);
  const bought = new Map<number, Set<number>>();
  const action = new GroupedAction();
  for (const day of days) {
    for (const object of await listFolder(store, dayFolder(client, ACTIONS, day))) {
      await readLines(store, object, {
        line(buffer, start, end) {
          if (!action.parse(buffer, start, end) || action.type !== BOUGHT) return;
          const items = bought.get(action.user) ?? new Set();
          // A set keeps the order of first insertion. A day's file has each user's actions by time, then by item.
          bought.set(action.user, items.add(action.item));
        },
        tooLong: () => undefined,
      });
    }
  }
  return new Map([...bought].map(([user, items]) => [user, [...items]]));
}
