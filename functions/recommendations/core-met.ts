/**
 * What users did on the days that are read.
 *
 * *U users, M items that they met, P positive actions.*
 */
import { Growable } from '../../shared/columns/growable.ts';
import { narrowed } from '../../shared/columns/narrow.ts';
import { sortRange } from '../../shared/columns/sort-range.ts';
import type { UserActions } from '../../shared/shuffle/order-actions.ts';
import type { Runs } from '../../shared/shuffle/runs.ts';

/** Stands in place of the type of a positive action. */
export const POSITIVE = 1;

/** Items by user, in compressed sparse form. */
export interface MetItems {
  /** (U) ids in layout order. */
  readonly users: Float64Array;
  /** (U + 1) the first item of each user in `met`. */
  readonly metStarts: Uint32Array;
  /** (M) ids, ascending within a user, each once. */
  readonly met: Float64Array;
}

/** Returns the distinct items of each user; none of any user without `isWanted`. */
export function metItems({ users, offsets, items }: UserActions, isWanted: boolean): MetItems {
  const metStarts = new Uint32Array(users.length + 1);
  const met = new Growable(Float64Array);
  for (let user = 0; isWanted && user < users.length; user++) {
    const own = items.slice(offsets[user], offsets[user + 1]);
    sortRange(own, 0, own.length);
    for (let at = 0; at < own.length; at++) if (at === 0 || own[at] !== own[at - 1]) met.push(own[at]!);
    metStarts[user + 1] = met.length;
  }
  return { users, metStarts, met: met.view() };
}

/** (P) Returns the time of each positive action, by item. */
export function positiveTimes({ items, times, types }: UserActions): Runs<'times'> {
  const ids = new Growable(Float64Array);
  const found = new Growable(Float64Array);
  for (let at = 0; at < types.length; at++) {
    if (types[at] !== POSITIVE) continue;
    ids.push(items[at]!);
    found.push(times[at]!);
  }
  const starts = Uint32Array.from({ length: ids.length + 1 }, (_, run) => run);
  return { ids: ids.view(), starts, columns: new Map([['times', narrowed(found.view())] as const]) };
}
