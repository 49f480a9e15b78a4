/** How many baskets must hold an item set for it to be frequent. */

export interface SupportSettings {
  /** Share of the baskets. */
  readonly minSupport: number;
  /** Baskets: strictly more. */
  readonly minItemSetFreq: number;
}

/**
 * At least ⌈minSupport × baskets⌉ and more than minItemSetFreq, never 0. Both hold for every set at once, because no part of
 * a set is in fewer baskets than the set itself.
 */
export const minCountOf = ({ minSupport, minItemSetFreq }: SupportSettings, baskets: number): number =>
  Math.max(1, ceilOfProduct(minSupport, baskets), minItemSetFreq + 1);

/** Rules from fewer baskets than this are mostly chance. */
const FEW_BASKETS = 15;

/** The warning where item sets count as frequent that few baskets hold; undefined where there is none to give. */
export function supportWarning(settings: SupportSettings, baskets: number): string | undefined {
  const minCount = minCountOf(settings, baskets);
  if (minCount >= FEW_BASKETS || baskets === 0) return undefined;
  const { minSupport, minItemSetFreq } = settings;
  return (
    `item sets that ${minCount} of ${baskets} baskets hold count as frequent (minSupport ${minSupport}, minItemSetFreq ` +
    `${minItemSetFreq}): rules from fewer than ${FEW_BASKETS} baskets are mostly chance. Raise minSupport or ` +
    'minItemSetFreq, or read more days'
  );
}

/**
 * ⌈share × count⌉ of the share as it is written: 0.07 of 100 is 7, though the double nearest to 0.07 is a little more.
 * @param share 0 to 1
 */
export function ceilOfProduct(share: number, count: number): number {
  // `1`, `0.07` or `1.5e-7`: the shortest digits that name the double.
  const [digits = '', exponent = '0'] = String(share).split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  const scale = 10n ** BigInt(fraction.length - Number(exponent));
  return Number((BigInt(whole + fraction) * BigInt(count) + scale - 1n) / scale);
}
