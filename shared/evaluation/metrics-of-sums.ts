/** Makes `metrics.json` from the sums over users and from what is counted over lists. */
import { defined } from '../defined.ts';
import type { JsonValue } from '../json.ts';
import { type Estimate, estimateOf } from './intervals.ts';
import { type Measure, UNITS } from './measures.ts';
import type { MeasureEstimates, MetricsDocument, ScorerMetrics } from './metrics-document.ts';
import { BASELINES, type Population, type ResampleSums } from './resample-sums.ts';

/** A scorer, and what is counted over all its lists. */
export interface ScorerFacts {
  readonly name: string;
  /** Null for the two baselines. */
  readonly job: string | null;
  readonly run: string | null;
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** For a variant: the name of the scorer with the client's settings, which is compared with as well. */
  readonly clientsOwn?: string;
  /** The number of distinct items in all lists. */
  readonly itemsListed: number;
  /** The number of list entries. */
  readonly entries: number;
  /** The sum, over all list entries, of the item's rank by popularity: 0 for the most popular item, ties by smaller id. */
  readonly popularityRanks: number;
}

export interface EvaluationFacts {
  readonly client: string;
  readonly train: MetricsDocument['train'];
  readonly test: MetricsDocument['test'];
  readonly cutoff: number;
  /** The number of items known in training. */
  readonly knownItems: number;
  /** The number of distinct pairs (user, item) with a positive action in the test days, and of those that are no test pairs. */
  readonly pairs: { readonly all: number; readonly unknownItem: number; readonly repeat: number };
  readonly scorers: readonly ScorerFacts[];
  /** Why nothing can be evaluated. There is also no scorer when there is no test user. */
  readonly reason?: string;
}

/** @param sums of all test users; undefined when nothing can be evaluated */
export function metricsOfSums(facts: EvaluationFacts, sums: ResampleSums | undefined): MetricsDocument {
  const { client, train, test, cutoff, knownItems, pairs } = facts;
  const users = sums?.weights('all')[0] ?? 0;
  const ascending = facts.scorers.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const reason = facts.reason ?? (users === 0 ? NO_TEST_USER : undefined);
  return defined<MetricsDocument>({
    client,
    day: test.to,
    train,
    test,
    cutoff,
    users,
    leftOut: { unknownItem: share(pairs.unknownItem, pairs.all) ?? 0, repeat: share(pairs.repeat, pairs.all) ?? 0 },
    reason,
    scorers: sums === undefined || users === 0 ? [] : ascending.map((scorer) => metricsOf(scorer, sums, knownItems)),
  });
}

export const NO_TEST_USER =
  'no user did something new: nobody had a positive action, in the test days, on an item that was known in training and that the user had not met';

function metricsOf(scorer: ScorerFacts, sums: ResampleSums, knownItems: number): ScorerMetrics {
  const { name, job, run, settings, itemsListed, entries, popularityRanks, clientsOwn } = scorer;
  const users = sums.weights('all')[0]!;
  const others = [...BASELINES, ...(clientsOwn === undefined ? [] : [clientsOwn])].filter((other) => other !== name);
  const ofUsers = (population: Population) => ({
    users: sums.weights(population)[0]!,
    ...estimates(sums, population, name),
  });
  const meanRank = share(popularityRanks, entries);
  return {
    name,
    job,
    run,
    settings,
    ...estimates(sums, 'all', name),
    served: ofUsers('served'),
    leftOut: { noVector: share(users - sums.ownWeights(name)[0]!, users) },
    catalogue: share(itemsListed, knownItems),
    // With a single known item its rank is 0.
    meanPopularityRank: meanRank === null ? null : meanRank / Math.max(1, knownItems - 1),
    against: Object.fromEntries(others.map((other) => [other, estimates(sums, 'all', name, other)])),
    slices: { new: ofUsers('new'), light: ofUsers('light'), heavy: ofUsers('heavy') },
  };
}

/** Returns the means of a scorer over a population, or the differences of its means to those of another scorer. */
function estimates(sums: ResampleSums, population: Population, scorer: string, other?: string): MeasureEstimates {
  const weights = sums.weights(population);
  const estimate = (measure: Measure): Estimate => {
    const own = sums.sums(population, scorer, measure);
    const others = other === undefined ? undefined : sums.sums(population, other, measure);
    // The difference of two sums with the same weights is exact. The quotient 0/0 of a resample without users is NaN.
    const values = own.map((sum, place) => (sum - (others?.[place] ?? 0)) / (weights[place]! * UNITS));
    return estimateOf(weights[0]!, values);
  };
  return {
    recall: estimate('recall'),
    ndcg: estimate('ndcg'),
    mrr: estimate('mrr'),
    hitRate: estimate('hitRate'),
  };
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
