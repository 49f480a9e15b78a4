/** The results of one scorer for a block of users, before they are summed. */

/** U users, ids ascending. Every measure is an integer in units of 2^-32 (`inUnits`), and 0 for a user without a list. */
export interface UserResults {
  /** (U) */
  readonly users: Float64Array;
  /** (U) 1 when the scorer's list for the user has at least one item, else 0. */
  readonly served: Uint8Array;
  /** (U) */
  readonly recall: Float64Array;
  /** (U) */
  readonly ndcg: Float64Array;
  /** (U) */
  readonly mrr: Float64Array;
  /** (U) */
  readonly hitRate: Float64Array;
}
