/**
 * Divides the actions of users into what they met in training and what they chose on the test days.
 *
 * A small example, with one action a day of a type that counts as positive:
 *
 *   user 7, training   item 4, item 9            met      4, 9
 *   user 7, test       item 9, item 5, item 5    tests    5        (9 is a repeat: the user had met it)
 *
 * *U users with a test, M items that they met, T tests, P pairs of a user and an item in training.*
 */
import { Growable } from '../../shared/columns/growable.ts';
import { narrowed } from '../../shared/columns/narrow.ts';
import type { UserActions } from '../../shared/shuffle/order-actions.ts';
import type { Runs } from '../../shared/shuffle/runs.ts';

/** Flags of an action, in place of its type. */
export const POSITIVE = 1;
export const TEST = 2;

/** The kinds of rows that say what a user did with an item in training. */
export const MET = 0;
export const FIRST_POSITIVE = 1;
export const MORE_POSITIVE = 2;

export type ItemColumn = 'times' | 'kinds';

export interface Split {
  /** (U) ids, in the order of the actions. */
  readonly users: Float64Array;
  /** (U + 1) the first item of each user in `met`. */
  readonly metStarts: Uint32Array;
  /** (M) ids of the items that the user met in training, in the order of the last action on them, then by id. */
  readonly met: Float64Array;
  /** (U) the time of the user's first action in training, in milliseconds since 1970; infinite without one. */
  readonly firstTimes: Float64Array;
  /** (U + 1) the first item of each user in `tests`. */
  readonly testStarts: Uint32Array;
  /** (T) ids of the items with a positive action on a test day that the user had not met, ascending. */
  readonly tests: Float64Array;
  /** Pairs of a user and an item with a positive action on a test day, of all users. */
  readonly pairs: number;
  /** The pairs among them whose item the user had met in training. */
  readonly repeats: number;
  /**
   * (P) runs by item: for each pair its positive actions with their times, or one row of kind MET. They are the input of the
   * items' statistics.
   */
  readonly items: Runs<ItemColumn>;
}

/** @param actions their `types` are flags */
export function splitActions({ users, offsets, items, times, types }: UserActions): Split {
  const kept = new Growable(Float64Array);
  const firstTimes = new Growable(Float64Array);
  const met = new Growable(Float64Array);
  const metStarts = new Growable(Uint32Array);
  const tests = new Growable(Float64Array);
  const testStarts = new Growable(Uint32Array);
  const rows = new ItemRows();
  let [pairs, repeats] = [0, 0];
  for (let user = 0; user < users.length; user++) {
    const training = new Map<number, Pair>();
    const chosen = new Set<number>();
    let first = Number.POSITIVE_INFINITY;
    for (let at = offsets[user]!; at < offsets[user + 1]!; at++) {
      const [item, time, flags] = [items[at]!, times[at]!, types[at]!];
      if ((flags & TEST) !== 0) {
        if ((flags & POSITIVE) !== 0) chosen.add(item);
        continue;
      }
      first = Math.min(first, time);
      const pair = training.get(item) ?? { last: time, positives: [] };
      pair.last = time;
      if ((flags & POSITIVE) !== 0) pair.positives.push(time);
      training.set(item, pair);
    }
    for (const [item, { positives }] of training) rows.add(item, positives);
    const fresh = [...chosen].filter((item) => !training.has(item)).sort((a, b) => a - b);
    pairs += chosen.size;
    repeats += chosen.size - fresh.length;
    if (fresh.length === 0) continue;
    kept.push(users[user]!);
    firstTimes.push(first);
    metStarts.push(met.length);
    testStarts.push(tests.length);
    for (const item of inOrderOfTime(training)) met.push(item);
    for (const item of fresh) tests.push(item);
  }
  metStarts.push(met.length);
  testStarts.push(tests.length);
  return {
    users: kept.view(),
    metStarts: metStarts.view(),
    met: met.view(),
    firstTimes: firstTimes.view(),
    testStarts: testStarts.view(),
    tests: tests.view(),
    pairs,
    repeats,
    items: rows.runs(),
  };
}

/** The actions of a user with an item in training. Times are those of actions, ascending. */
interface Pair {
  last: number;
  readonly positives: number[];
}

const inOrderOfTime = (training: ReadonlyMap<number, Pair>): number[] =>
  [...training].sort(([a, { last: lastA }], [b, { last: lastB }]) => lastA - lastB || a - b).map(([item]) => item);

class ItemRows {
  readonly #ids = new Growable(Float64Array);
  readonly #starts = new Growable(Uint32Array);
  readonly #times = new Growable(Float64Array);
  readonly #kinds = new Growable(Uint8Array);

  add(item: number, positives: readonly number[]): void {
    this.#ids.push(item);
    this.#starts.push(this.#times.length);
    if (positives.length === 0) this.#push(0, MET);
    for (const [at, time] of positives.entries()) this.#push(time, at === 0 ? FIRST_POSITIVE : MORE_POSITIVE);
  }

  runs(): Runs<ItemColumn> {
    this.#starts.push(this.#times.length);
    const columns = new Map([
      ['times', narrowed(this.#times.view())],
      ['kinds', narrowed(this.#kinds.view())],
    ] as const);
    return { ids: this.#ids.view(), starts: this.#starts.view(), columns };
  }

  #push(time: number, kind: number): void {
    this.#times.push(time);
    this.#kinds.push(kind);
  }
}
