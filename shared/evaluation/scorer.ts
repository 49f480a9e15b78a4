/**
 * The declaration by which the models of a job are evaluated: how a model ranks items for users.
 *
 * *U users of a block, I known items, M met items of all users of the block, N the length of a list.* An item is *known* when
 * some user met it in training. Known items are sorted by id and named by their index, so a smaller index is a smaller id.
 */
import type { SeenItems } from '../kernels/best-lists.ts';
import type { PublishedModel } from './published-model.ts';

/** The users for whom a model ranks items. */
export interface ScoredBlock {
  /** (I) ids of the known items, ascending. */
  readonly items: Float64Array;
  /** (U) ids. */
  readonly users: Float64Array;
  /** The items that each user met in training. They are in no list. (U + 1) and (M) */
  readonly met: SeenItems;
  /** (M) the same items of each user, in the order of the user's last action on them, then by id. */
  readonly inOrder: Uint32Array;
  /** N */
  readonly cutoff: number;
}

/** The lists of a block's users, best first, without items that the user met. A user whom the model cannot serve has none. */
export interface RankedItems {
  /** (U,N) indexes of known items. Places past the end of a list are 0. */
  readonly items: Uint32Array;
  /** (U) the length of each list. */
  readonly counts: Uint32Array;
}

export interface Scorer {
  /** The job that makes the models. */
  readonly job: string;
  /** The folder of the models' versions below `models/`. */
  readonly node: string;
  /** The job folder of the models' days. */
  readonly writes: string;
  /** True when the live model is a table in a database, and no runtime node names it. */
  readonly fillsTable: boolean;
  /**
   * Ranks the known items that the model has a score for, less those that the user met: by descending score, equal scores by
   * ascending id. A user's list does not depend on the other users of the block.
   *
   * @throws CorruptInputError for a file of the model that does not have its form
   */
  readonly rank: (model: PublishedModel, block: ScoredBlock) => Promise<RankedItems>;
}
