/** Which actions are read at all: those of a type, and a share of them. */
import { hashId } from '../../shared/model/stable-hash.ts';
import type { ReadAction } from '../../shared/shuffle/user-actions.ts';
import type { SimilaritySettings } from './settings.ts';

const ALL_TYPES = -1;
const TWO_TO_32 = 2 ** 32;
/** Makes the draws others than those of DIMSUM. */
const PURPOSE = 0x73616d70;

/** Undefined: every action is kept. */
export function keptActions({
  itemType,
  sample,
  seed,
}: Pick<SimilaritySettings, 'itemType' | 'sample' | 'seed'>): ((action: ReadAction) => boolean) | undefined {
  if (itemType === ALL_TYPES && sample === 1) return undefined;
  return (action) =>
    (itemType === ALL_TYPES || action.type === itemType) && (sample === 1 || isDrawn(action, sample, seed));
}

/** Equal actions are drawn alike: an action is known by its user, item, time and type alone. */
function isDrawn({ user, item, timeMs, type }: ReadAction, share: number, seed: number): boolean {
  let hash = hashId(seed) ^ PURPOSE;
  for (const value of [user, item, timeMs, type]) hash = hashId((hash ^ hashId(value)) >>> 0);
  return hash < share * TWO_TO_32;
}
