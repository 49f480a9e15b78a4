/**
 * Association rules the slow, obvious way: item sets item by item, each with the list of the baskets that hold it; then every
 * item of every set once as the consequent. Baskets are lines of ids; none of them is malformed.
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

/** Every set that `minCount` baskets or more hold, ids ascending and joined by spaces → how many do. */
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

/** The smallest count whose share of all baskets is `minSupport`: 7 / 100 is the very double that 0.07 is. */
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

/** The text of `part-00000`. */
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
    for (const [at, id] of a.itemset.entries()) if (id !== b.itemset[at]) return id - b.itemset[at]!;
    return a.item - b.item;
  });
  return rules.map((rule) => `${JSON.stringify(rule)}\n`).join('');
}
