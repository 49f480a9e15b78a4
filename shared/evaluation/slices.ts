/** Slices of the test users. A user may be new and light, or new and heavy. */

export const SLICES = ['new', 'light', 'heavy'] as const;

export type Slice = (typeof SLICES)[number];

/** A user's slices are stored as one byte, in which slice number i has the bit 2^i: new 1, light 2, heavy 4. */
export const sliceBit = (slice: Slice): number => 1 << SLICES.indexOf(slice);

/**
 * New is a user whose first training action is in the last days of the training. A user without training actions is not new,
 * but light. Days.
 */
export const NEW_DAYS = 7;
/** Light is a user with at most this many distinct training items. */
export const LIGHT_ITEMS = 5;
/** Heavy is a user with at least this many distinct training items. */
export const HEAVY_ITEMS = 50;

/**
 * Returns the byte of a user's slices.
 *
 * @param firstDay the day of the user's first training action; undefined for a user without training actions
 * @param items the number of distinct items in the user's training actions
 * @param lastTrainingDay the last day of the training
 */
export function slicesOf(firstDay: number | undefined, items: number, lastTrainingDay: number): number {
  let slices = 0;
  if (firstDay !== undefined && firstDay > lastTrainingDay - NEW_DAYS) slices |= sliceBit('new');
  if (items <= LIGHT_ITEMS) slices |= sliceBit('light');
  if (items >= HEAVY_ITEMS) slices |= sliceBit('heavy');
  return slices;
}
