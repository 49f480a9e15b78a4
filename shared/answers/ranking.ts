/**
 * The declarations by which the command line asks a published model: which items it recommends to a user, and which items are
 * like an item. A job's folder has them in `recommender.ts` and `neighbours.ts`.
 */
import type { PublishedModel } from '../evaluation/published-model.ts';
import type { JsonValue } from '../json.ts';
import type { Scored } from './best.ts';

/** A model's answer about one user or item. */
export type Ranking =
  | { readonly isKnown: true; readonly best: readonly Scored<number>[] }
  /** The model does not have the id. `nearest` are the ids that it has which are nearest as numbers. */
  | { readonly isKnown: false; readonly nearest: readonly number[] };

type ModelSettings = Readonly<Record<string, JsonValue>>;

export interface Recommender {
  /**
   * Returns the `count` best items of a user, with the scores and in the order of the server that serves the model. The model is
   * streamed, so memory does not grow with it.
   *
   * @param except items that are left out
   * @throws CorruptInputError for a file of the model that does not have its form
   */
  readonly recommend: (
    model: PublishedModel,
    user: number,
    except: ReadonlySet<number>,
    count: number,
  ) => Promise<Ranking>;
  /** Says what a user needs to be in a model with these settings: `a user needs …`. */
  readonly needs: (settings: ModelSettings) => string;
}

export interface Neighbours {
  /** The name of the score: `similarity`. */
  readonly measure: string;
  /** Returns the `count` items that are most like an item, in the way of `Recommender.recommend`. */
  readonly similar: (model: PublishedModel, item: number, count: number) => Promise<Ranking>;
  /** Says what an item needs to be in a model with these settings: `an item needs …`. */
  readonly needs: (settings: ModelSettings) => string;
}
