/** Checks that the parts of a model, which shards have read, fit together. */
import { CorruptInputError, EmptyModelError } from '../../shared/errors.ts';
import { VECTOR_FILES } from './file-names.ts';

/** What a shard has read of a model. */
export type ModelPart = {
  /** The numbers in a line of each side; 0 when the shard has read none. */
  readonly ranks: { readonly users: number; readonly items: number };
  readonly users: number;
  /** Items that may be recommended. */
  readonly items: number;
  /** Items that may not. */
  readonly barred: number;
  /** The ids of the first and of the last item, whether they may be recommended or not; null without items. */
  readonly itemRange: readonly [first: number, last: number] | null;
};

const CURE = 'train the model again';

/**
 * Returns the rank of the model.
 *
 * @param parts in the order of the files
 * @param told the rank in the model's manifest; null if none is told
 * @param place the model's folder, for messages
 * @throws EmptyModelError when a side has no vector; CorruptInputError when ranks differ, or items are not ascending
 */
export function checkModel(parts: readonly ModelPart[], told: number | null, place: string): number {
  let [rank, from] = [told ?? 0, `its manifest says rank ${told}`];
  for (const side of ['users', 'items'] as const) {
    const found = parts.map(({ ranks }) => ranks[side]).filter((own) => own > 0);
    if (found.length === 0) throw new EmptyModelError(`${place}${VECTOR_FILES[side]} has no vector: ${CURE}`);
    for (const own of found) {
      if (rank === 0) [rank, from] = [own, `${VECTOR_FILES[side]} has vectors of ${own} numbers`];
      if (own === rank) continue;
      throw new CorruptInputError(`${place}: ${from}, and ${VECTOR_FILES[side]} has some of ${own}: ${CURE}`);
    }
  }
  let last = -1;
  for (const { itemRange } of parts) {
    if (itemRange === null) continue;
    if (itemRange[0] <= last) {
      throw new CorruptInputError(`${place}${VECTOR_FILES.items}: ${notAscending(last, itemRange[0])}`);
    }
    last = itemRange[1];
  }
  return rank;
}

/** The items of a model are ascending, so that the smaller index is the smaller id. */
export const notAscending = (before: number, id: number): string =>
  `item ${id} follows item ${before}, and items must be in ascending order, each once`;
