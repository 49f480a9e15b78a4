/**
 * Association rules the slow way. Item sets grow by one item at a time, each with the list of the baskets that hold it;
 * then every item of every set is the consequent once. Baskets are lines of ids, and none of them is malformed.
 *
 * The definitions are those of `functions/fpgrowth/README.md`, after Seldon's
 * `io.seldon.spark.transactions.FPGrowthJob`. FP-Growth (Han, Pei and Yin, 2000) finds the same sets.
 */
export interface PlainRuleSettings {
  readonly minSupport: number;
  readonly minItemSetFreq: number;
  readonly maxItemSetSize: number;
  readonly minConfidence: number;
  readonly minInterest: number;
  readonly minLift: number;
}

export const DEFAULT_RULE_SETTINGS: PlainRuleSettings = {
  minSupport: 0.005,
  minItemSetFreq: 1,
  maxItemSetSize: 5,
  minConfidence: 0.2,
  minInterest: 0.1,
  minLift: 0,
};

/** Returns every set that at least `minCount` baskets hold (ids ascending, joined by spaces) → the number of baskets. */
export function itemSetsPlainly(
  baskets: readonly ReadonlySet<number>[],
  minCount: number,
  maxSize: number,
): Map<string, number> {
  const found = new Map<string, number>();
  const extend = (set: readonly number[], holders: readonly ReadonlySet<number>[]) => {
    if (set.length === maxSize) return;
    const counts = new Map<number, number>();
    for (const basket of holders) {
      for (const item of basket) {
        if (item > (set.at(-1) ?? -1)) counts.set(item, (counts.get(item) ?? 0) + 1);
      }
    }
    for (const [item, count] of counts) {
      if (count < minCount) continue;
      const larger = [...set, item];
      found.set(larger.join(' '), count);
      extend(
        larger,
        holders.filter((basket) => basket.has(item)),
      );
    }
  };
  extend([], baskets);
  return found;
}

/**
 * Returns the smallest count that is above `minItemSetFreq` and whose share of the baskets is at least `minSupport`. It
 * divides, because 7 / 100 is the same double as 0.07, while 0.07 × 100 is above 7.
 */
export function minCountPlainly({ minSupport, minItemSetFreq }: PlainRuleSettings, baskets: number): number {
  let count = 1;
  while (count / baskets < minSupport || count <= minItemSetFreq) count++;
  return count;
}

interface PlainRule {
  readonly itemset: readonly number[];
  readonly item: number;
  readonly confidence: number;
  readonly lift: number;
  readonly interest: number;
}

/** Returns the text of `part-00000`: the highest score first, then the shorter antecedents, the smaller ids, the item. */
export function rulesPlainly(lines: readonly string[], settings: PlainRuleSettings): string {
  const baskets = lines.filter((line) => line.trim() !== '').map((line) => new Set(line.split(' ').map(Number)));
  const sets = itemSetsPlainly(baskets, minCountPlainly(settings, baskets.length), settings.maxItemSetSize);
  const rules: PlainRule[] = [];
  for (const [key, count] of sets) {
    const set = key.split(' ').map(Number);
    for (const item of set.length > 1 ? set : []) {
      const itemset = set.filter((other) => other !== item);
      const confidence = count / sets.get(itemset.join(' '))!;
      const support = sets.get(String(item))! / baskets.length;
      const interest = confidence - support;
      const lift = confidence / support;
      const { minConfidence, minInterest, minLift } = settings;
      if (confidence <= minConfidence || interest <= minInterest || lift <= minLift) continue;
      rules.push({ itemset, item, confidence, lift, interest });
    }
  }
  const score = (rule: PlainRule) => rule.confidence * rule.lift * rule.itemset.length;
  rules.sort((a, b) => {
    if (score(a) !== score(b)) return score(b) - score(a);
    if (a.itemset.length !== b.itemset.length) return a.itemset.length - b.itemset.length;
    for (const [index, id] of a.itemset.entries()) if (id !== b.itemset[index]) return id - b.itemset[index]!;
    return a.item - b.item;
  });
  return rules.map((rule) => `${JSON.stringify(rule)}\n`).join('');
}
