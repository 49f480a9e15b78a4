/**
 * The best items of users by inner product: what the kernel `best-items.ts` reads and returns.
 *
 * *U users, K rank, N items wanted for each user.* Items are named by their index in the catalogue, which is sorted by id, so
 * the smaller index is the smaller id.
 */

/** The items that each user must not get, in compressed sparse form. */
export interface SeenItems {
  /** (U + 1) the first place of each user in `items`, and the end. */
  readonly starts: Uint32Array;
  /** Indexes of items, ascending within a user. */
  readonly items: Uint32Array;
}

/** The lists of U users, best first: by falling score, and by rising index where scores are equal. */
export interface BestLists {
  /** (U,N) indexes of items. Places past the end of a list are 0. */
  readonly items: Uint32Array;
  /** (U,N) scores. Places past the end of a list are 0. */
  readonly scores: Float32Array;
  /** (U) the length of each list. It is below N when a user has fewer items left. */
  readonly counts: Uint32Array;
}

/** Returns lists without items for `users` users and at most `count` items each. */
export function emptyLists(users: number, count: number): BestLists {
  return {
    items: new Uint32Array(users * count),
    scores: new Float32Array(users * count),
    counts: new Uint32Array(users),
  };
}
