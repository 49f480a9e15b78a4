/** The lines of the output. */
import type { IdKind } from '../../shared/model/assigned-id.ts';

/** The origin of a list: the vectors of the model, or recent popularity. */
export type Origin = 'model' | 'popularity';

/** A line of the output. */
export interface Line {
  /** Users and items are ids, or the client's own texts. */
  readonly user: number | string;
  /** Best first. */
  readonly items: readonly (readonly [item: number | string, score: number])[];
  readonly from: Origin;
}

/**
 * Returns the line of a user, with its newline: `{"user":7,"items":[[20,0.5],[31,0.25]],"from":"model"}`. Numbers are written as
 * JSON prints them.
 */
export function lineOf({ user, items, from }: Line): string {
  const pairs = items.map(([item, score]) => `[${JSON.stringify(item)},${score}]`);
  return `{"user":${JSON.stringify(user)},"items":[${pairs.join(',')}],"from":"${from}"}\n`;
}

/** Returns what is written for an id: the id itself, or the client's text. */
export type NameOf = (kind: IdKind, id: number) => number | string;

export interface Names {
  readonly nameOf: NameOf;
  /** The names without a text so far. */
  readonly unnamed: number;
}

/** Names everything by its id. */
export const ID_NAMES: Names = { nameOf: (_, id) => id, unnamed: 0 };
