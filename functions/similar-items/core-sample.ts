/** The sample of the actions: those of one type, and a random share of these. */
import { hashId } from '../../shared/model/stable-hash.ts';
import type { ReadAction } from '../../shared/shuffle/user-actions.ts';
import { ALL_TYPES, type SimilaritySettings } from './settings.ts';

const TWO_TO_32 = 2 ** 32;
/** `samp` in ASCII. It keeps these draws apart from those of DIMSUM. */
const PURPOSE = 0x73616d70;

/** Returns a function that is true for the actions to keep; undefined when every action is kept. */
export function keptActions({
  itemType,
  sample,
  seed,
}: Pick<SimilaritySettings, 'itemType' | 'sample' | 'seed'>): ((action: ReadAction) => boolean) | undefined {
  if (itemType === ALL_TYPES && sample === 1) return undefined;
  return (action) =>
    (itemType === ALL_TYPES || action.type === itemType) && (sample === 1 || isDrawn(action, sample, seed));
}

/**
 * True when the action is in the sample. Only its user, item, time and type decide, so equal actions are drawn alike.
 */
function isDrawn({ user, item, timeMs, type }: ReadAction, share: number, seed: number): boolean {
  let hash = hashId(seed) ^ PURPOSE;
  for (const value of [user, item, timeMs, type]) hash = hashId((hash ^ hashId(value)) >>> 0);
  return hash < share * TWO_TO_32;
}
