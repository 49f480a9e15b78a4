/** Ranks items with models that are in memory, in the obvious way: every known item gets a score, and the scores are sorted. */

export type PlainModel =
  /** Numbers as published, with five digits. */
  | { readonly kind: 'factors'; readonly users: Vectors; readonly items: Vectors }
  /** Each pair of items once, with a similarity above 0. */
  | { readonly kind: 'similarities'; readonly pairs: readonly (readonly [item: number, other: number, sim: number])[] }
  | { readonly kind: 'vectors'; readonly items: Vectors }
  | { readonly kind: 'rules'; readonly rules: readonly PlainRule[] };

export type Vectors = ReadonlyMap<number, readonly number[]>;

export interface PlainRule {
  readonly itemset: readonly number[];
  readonly item: number;
  readonly confidence: number;
  readonly lift: number;
}

/** Returns the score of an item for a user; undefined when there is none. */
export type Score = (item: number) => number | undefined;

/**
 * Makes the scores of one user.
 * @param met the distinct items that the user met in training, in the order of the user's last action on them, then by id
 */
export function scoreOf(model: PlainModel, user: number, met: readonly number[]): Score {
  if (model.kind === 'factors') return innerProducts(model.users.get(user), model.items);
  if (model.kind === 'similarities') return similaritySums(model.pairs, met);
  if (model.kind === 'vectors') return cosines(model.items, met);
  return bestRules(model.rules, new Set(met));
}

/** The original's server multiplies and adds in single precision, from the first factor to the last. */
function innerProducts(user: readonly number[] | undefined, items: Vectors): Score {
  return (item) => {
    const factors = items.get(item);
    if (user === undefined || factors === undefined) return undefined;
    let sum = 0;
    for (const [place, factor] of factors.entries()) {
      sum = Math.fround(sum + Math.fround(Math.fround(user[place]!) * Math.fround(factor)));
    }
    return sum;
  };
}

function similaritySums(pairs: readonly (readonly [number, number, number])[], met: readonly number[]): Score {
  const ascending = met.toSorted((a, b) => a - b);
  return (item) => {
    let sum = 0;
    for (const own of ascending) {
      for (const [a, b, sim] of pairs) if ((a === own && b === item) || (b === own && a === item)) sum += sim;
    }
    return sum > 0 ? sum : undefined;
  };
}

/** The cosine to the mean of the unit vectors of the last 10 items that have a vector. A zero vector has no direction. */
function cosines(items: Vectors, met: readonly number[]): Score {
  const units = new Map<number, readonly number[]>();
  for (const [item, vector] of items) {
    const length = Math.hypot(...vector);
    if (length > 0)
      units.set(
        item,
        vector.map((value) => value / length),
      );
  }
  const last = met.filter((item) => units.has(item)).slice(-10);
  const size = last.length === 0 ? 0 : units.get(last[0]!)!.length;
  const mean = Array.from({ length: size }, (_, place) => {
    return last.reduce((sum, item) => sum + units.get(item)![place]!, 0) / last.length;
  });
  const length = Math.hypot(...mean);
  return (item) => {
    const unit = units.get(item);
    if (unit === undefined || length === 0) return undefined;
    return unit.reduce((sum, value, place) => sum + value * mean[place]!, 0) / length;
  };
}

function bestRules(rules: readonly PlainRule[], met: ReadonlySet<number>): Score {
  return (item) => {
    let best = 0;
    for (const rule of rules) {
      if (rule.item !== item || !rule.itemset.every((one) => met.has(one))) continue;
      best = Math.max(best, rule.confidence * rule.lift * rule.itemset.length);
    }
    return best > 0 ? best : undefined;
  };
}
