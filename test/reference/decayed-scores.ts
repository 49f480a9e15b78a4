/**
 * The scores of pairs when older actions weigh less, the obvious way: for each pair, each type's actions in order of time.
 */
export interface TimedAction {
  readonly user: number;
  readonly item: number;
  readonly type: number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly timeMs: number;
}

export interface Weighting {
  readonly actionType: number;
  readonly valuePerAction: number;
  readonly maxSum: number;
}

export interface DecayedPair {
  readonly user: number;
  readonly item: number;
  readonly score: number;
  /** The largest weight of the pair's actions of listed types. */
  readonly largest: number;
}

const DAY_MS = 86_400_000;

/** Returns the weight of an action: 1 at the end of `day` and later, half of it a half-life earlier, and at least 0.05. */
export function referenceWeight(timeMs: number, day: number, halfLifeDays: number): number {
  const age = (DAY_MS * (day + 1) - timeMs) / DAY_MS;
  return Math.max(0.05, 2 ** (-Math.max(0, age) / halfLifeDays));
}

/** Returns the pairs that have an action of a listed type. The last weighting of a type counts. */
export function decayedPairs(
  actions: readonly TimedAction[],
  weightings: readonly Weighting[],
  day: number,
  halfLifeDays: number,
): DecayedPair[] {
  const listed = new Map(weightings.map((weighting) => [weighting.actionType, weighting]));
  const byPair = Map.groupBy(
    actions.filter(({ type }) => listed.has(type)),
    ({ user, item }) => `${user} ${item}`,
  );
  return [...byPair.values()].map((own) => {
    const weightOf = ({ timeMs }: TimedAction) => referenceWeight(timeMs, day, halfLifeDays);
    let score = 0;
    for (const { actionType, valuePerAction, maxSum } of listed.values()) {
      const ofType = own.filter(({ type }) => type === actionType).sort((a, b) => a.timeMs - b.timeMs);
      const sum = ofType.reduce((total, action) => total + valuePerAction * weightOf(action), 0);
      if (valuePerAction !== 0 && ofType.length > 0) score += Math.min(sum, maxSum);
    }
    const { user, item } = own[0]!;
    return { user, item, score, largest: Math.max(...own.map(weightOf)) };
  });
}

/** Returns n of each user who has a positive pair: the sum over the positive pairs of their largest weights. */
export function decayedCounts(pairs: readonly DecayedPair[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { user, score, largest } of pairs) {
    if (score > 0) counts.set(user, (counts.get(user) ?? 0) + largest);
  }
  return counts;
}
