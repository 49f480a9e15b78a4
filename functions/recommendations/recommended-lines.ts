/** The lines of a range of users, and their counts. */
import { NumericalError } from '../../shared/errors.ts';
import { isBefore } from '../../shared/shuffle/buckets.ts';
import { type LinesMeta, UserLines } from '../../shared/shuffle/user-lines.ts';
import type { SegmentBody } from '../../shared/store/segments.ts';
import { lineOf, type Names, type Origin } from './core-text.ts';

export type RecommendedMeta = LinesMeta & {
  /** Lines of users of the model, and of others. */
  readonly fromModel: number;
  readonly fromPopularity: number;
  /** Users of the days read who get no line, because the model does not know them. */
  readonly unknown: number;
  /** Lines without an item, and the items of all lines. */
  readonly empty: number;
  readonly listed: number;
  /** Users and items in the lines for which the client has no text. */
  readonly unnamed: number;
};

/** The list of a user. */
export interface UserList {
  readonly user: number;
  /** Best first. */
  readonly items: readonly (readonly [item: number, score: number])[];
  readonly from: Origin;
}

export class RecommendedLines {
  /** Users without a line. */
  unknown = 0;
  readonly #lines: UserLines;
  readonly #names: Names;
  #fromModel = 0;
  #empty = 0;
  #listed = 0;

  /** @param buckets the number of buckets of the shuffle by user */
  constructor(buckets: number, names: Names) {
    this.#lines = new UserLines(buckets);
    this.#names = names;
  }

  /** Adds the line of a user. Users come in layout order. @throws NumericalError for a score that is not finite */
  add({ user, items, from }: UserList): void {
    const { nameOf } = this.#names;
    const named = items.map(([item, score]) => [nameOf('item', item), finite(score, user, item)] as const);
    this.#lines.addText(user, lineOf({ user: nameOf('user', user), items: named, from }));
    if (from === 'model') this.#fromModel++;
    if (items.length === 0) this.#empty++;
    this.#listed += items.length;
  }

  finish(): SegmentBody<RecommendedMeta> {
    return this.#lines.finishWith({
      fromModel: this.#fromModel,
      fromPopularity: this.#lines.lines - this.#fromModel,
      unknown: this.unknown,
      empty: this.#empty,
      listed: this.#listed,
      unnamed: this.#names.unnamed,
    });
  }
}

function finite(score: number, user: number, item: number): number {
  if (Number.isFinite(score)) return score;
  throw new NumericalError(
    `the score of item ${item} for user ${user} is ${score}: the model's numbers are too large. Train it with a larger lambda`,
  );
}

/** Calls `known` for each user of the model and `other` for each other user, by index, in layout order. */
export function eachUser(
  ofModel: Float64Array,
  ofDays: Float64Array,
  buckets: number,
  known: (row: number) => void,
  other: (row: number) => void,
): void {
  let at = 0;
  for (let row = 0; row < ofModel.length; row++) {
    const user = ofModel[row]!;
    for (; at < ofDays.length && isBefore(ofDays[at]!, user, buckets); at++) other(at);
    if (ofDays[at] === user) at++;
    known(row);
  }
  for (; at < ofDays.length; at++) other(at);
}
