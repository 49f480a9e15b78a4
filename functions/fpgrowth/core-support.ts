/** An item set is frequent if enough baskets hold it. */

export interface SupportSettings {
  /** The least share of the baskets. */
  readonly minSupport: number;
  /** The number of baskets that hold a frequent set is strictly greater than this. */
  readonly minItemSetFreq: number;
}

/**
 * Returns the least number of baskets that hold a frequent set: at least ⌈minSupport × baskets⌉, more than minItemSetFreq, and
 * at least 1. The same number is right for sets of all sizes, because a part of a set is in at least as many baskets as the
 * set.
 */
export const minCountOf = ({ minSupport, minItemSetFreq }: SupportSettings, baskets: number): number =>
  Math.max(1, ceilOfProduct(minSupport, baskets), minItemSetFreq + 1);

/** Rules from fewer baskets than this are mostly the result of chance. */
const FEW_BASKETS = 15;

/** Returns a warning if an item set that few baskets hold counts as frequent. */
export function supportWarning(settings: SupportSettings, baskets: number): string | undefined {
  const minCount = minCountOf(settings, baskets);
  if (minCount >= FEW_BASKETS || baskets === 0) return undefined;
  const { minSupport, minItemSetFreq } = settings;
  return (
    `item sets that ${minCount} of ${baskets} baskets hold count as frequent (minSupport ${minSupport}, minItemSetFreq ` +
    `${minItemSetFreq}): rules from fewer than ${FEW_BASKETS} baskets are mostly the result of chance. Raise minSupport or ` +
    'minItemSetFreq, or read more days'
  );
}

/**
 * Returns ⌈share × count⌉ for the decimal number that `share` prints as: 0.07 of 100 is 7, although the double nearest to 0.07
 * is a little greater than 0.07.
 *
 * @param share 0 to 1
 */
export function ceilOfProduct(share: number, count: number): number {
  // The shortest digits that name the double, such as `1`, `0.07` or `1.5e-7`.
  const [digits = '', exponent = '0'] = String(share).split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  const scale = 10n ** BigInt(fraction.length - Number(exponent));
  return Number((BigInt(whole + fraction) * BigInt(count) + scale - 1n) / scale);
}
