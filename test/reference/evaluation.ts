/**
 * The whole protocol of an evaluation in the obvious way, from the actions and the models in memory to `metrics.json`. It
 * follows `docs/evaluation.md`, and shares only types with the code that it checks.
 */
import type { MeasureEstimates, MetricsDocument, ScorerMetrics } from '../../shared/evaluation/metrics-document.ts';
import type { JsonValue } from '../../shared/json.ts';
import { choiceHash, estimatePlainly, weightsOf } from './evaluation-bootstrap.ts';
import { type PlainModel, type Score, scoreOf } from './evaluation-models.ts';

export interface PlainAction {
  readonly user: number;
  readonly item: number;
  readonly timeMs: number;
  readonly type: number;
}

export interface PlainCandidate {
  readonly name: string;
  readonly job: string;
  readonly run: string;
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** For a variant: the scorer with the client's settings. */
  readonly clientsOwn?: string;
  readonly model: PlainModel;
}

export interface PlainEvaluation {
  readonly client: string;
  /** The last test day. */
  readonly day: number;
  /** The number of training days, and of test days behind them. */
  readonly days: number;
  readonly testDays: number;
  readonly cutoff: number;
  readonly testUsers: number;
  readonly seed: number;
  readonly actionWeightings: readonly { readonly actionType: number; readonly valuePerAction: number }[];
  /** Users with more actions, of training and test days together, are left out. */
  readonly excludeUsersAbove?: number;
  /** Day → the actions in that day's folder. An action belongs to this day, whatever its time says. */
  readonly actions: ReadonlyMap<number, readonly PlainAction[]>;
  readonly candidates: readonly PlainCandidate[];
}

const MS_PER_DAY = 86_400_000;

export function evaluatePlainly(evaluation: PlainEvaluation): MetricsDocument {
  const { client, day, days, testDays, cutoff, seed } = evaluation;
  const train = { from: day - testDays - days + 1, to: day - testDays };
  const test = { from: day - testDays + 1, to: day };
  const training = actionsOf(evaluation, train);
  const facts = trainingFacts(evaluation, training, train.to);
  const known = [...facts.popularity.keys()].sort((a, b) => a - b);
  const positive = actionsOf(evaluation, test).filter(({ type }) => isPositive(evaluation, type));

  // The pairs of the test days, and what becomes of each.
  const tests = new Map<number, Set<number>>();
  const pairs = new Set(positive.map(({ user, item }) => `${user} ${item}`));
  let [unknownItem, repeat] = [0, 0];
  for (const pair of pairs) {
    const [user, item] = pair.split(' ').map(Number) as [number, number];
    if (facts.met.get(user)?.includes(item)) repeat++;
    else if (!facts.popularity.has(item)) unknownItem++;
    else tests.set(user, (tests.get(user) ?? new Set()).add(item));
  }
  const hashes = new Map([...tests.keys()].map((user) => [user, choiceHash(seed, user)]));
  const users = [...tests.keys()]
    .sort((a, b) => hashes.get(a)! - hashes.get(b)! || a - b)
    .slice(0, evaluation.testUsers);

  const leftOut = {
    unknownItem: pairs.size === 0 ? 0 : unknownItem / pairs.size,
    repeat: pairs.size === 0 ? 0 : repeat / pairs.size,
  };
  const document = { client, day, train, test, cutoff, leftOut };
  if (evaluation.candidates.length === 0) return { ...document, users: 0, reason: 'no model', scorers: [] };
  if (training.length === 0) return { ...document, users: 0, reason: 'no training day', scorers: [] };
  if (users.length === 0) return { ...document, users: 0, reason: 'no test user', scorers: [] };

  const scored: Scored[] = [
    { name: 'popularity', job: null, run: null, settings: {}, scores: () => (item) => facts.popularity.get(item) },
    { name: 'recent-popularity', job: null, run: null, settings: {}, scores: () => (item) => facts.recent.get(item) },
    ...evaluation.candidates.map(({ model, ...rest }) => ({
      ...rest,
      scores: (user: number) => scoreOf(model, user, facts.met.get(user) ?? []),
    })),
  ];
  const lists = new Map(
    scored.map(({ name, scores }) => [
      name,
      new Map(users.map((user) => [user, listOf(scores(user), known, facts.met.get(user) ?? [], cutoff)])),
    ]),
  );
  const byPopularity = known.toSorted((a, b) => facts.popularity.get(b)! - facts.popularity.get(a)! || a - b);
  const context: Context = { users, lists, tests, known, byPopularity, cutoff, facts, train, weights: new Map() };
  for (const user of users) context.weights.set(user, weightsOf(seed, user));
  const scorers = scored
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((scorer) => metricsPlainly(scorer, context));
  return { ...document, users: users.length, scorers };
}

interface Scored extends Pick<ScorerMetrics, 'name' | 'job' | 'run' | 'settings'> {
  readonly clientsOwn?: string;
  readonly scores: (user: number) => Score;
}

interface TrainingFacts {
  /** User → the distinct items met, in the order of the last action on them, then by id. */
  readonly met: ReadonlyMap<number, readonly number[]>;
  /** Known item → its distinct users with a positive action. */
  readonly popularity: ReadonlyMap<number, number>;
  readonly recent: ReadonlyMap<number, number>;
  /** User → the time of the first action. */
  readonly first: ReadonlyMap<number, number>;
}

interface Context {
  readonly users: readonly number[];
  /** Scorer → user → the list. */
  readonly lists: ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;
  readonly tests: ReadonlyMap<number, ReadonlySet<number>>;
  readonly known: readonly number[];
  readonly byPopularity: readonly number[];
  readonly cutoff: number;
  readonly facts: TrainingFacts;
  readonly train: MetricsDocument['train'];
  readonly weights: Map<number, readonly number[]>;
}

/** The last weighting of a type counts. */
const isPositive = ({ actionWeightings }: PlainEvaluation, type: number): boolean =>
  (actionWeightings.findLast(({ actionType }) => actionType === type)?.valuePerAction ?? 0) > 0;

/** Returns the actions of some days, without those of users who have too many. */
function actionsOf(evaluation: PlainEvaluation, { from, to }: MetricsDocument['train']): PlainAction[] {
  const window = { from: evaluation.day - evaluation.testDays - evaluation.days + 1, to: evaluation.day };
  const between = (first: number, last: number): PlainAction[] =>
    [...evaluation.actions].filter(([day]) => day >= first && day <= last).flatMap(([, actions]) => actions);
  const counts = new Map<number, number>();
  for (const { user } of between(window.from, window.to)) counts.set(user, (counts.get(user) ?? 0) + 1);
  const most = evaluation.excludeUsersAbove ?? Number.POSITIVE_INFINITY;
  return between(from, to).filter(({ user }) => counts.get(user)! <= most);
}

function trainingFacts(evaluation: PlainEvaluation, training: readonly PlainAction[], lastDay: number): TrainingFacts {
  const byTime = training.toSorted((a, b) => a.timeMs - b.timeMs);
  const last = new Map<number, Map<number, number>>();
  const first = new Map<number, number>();
  const buyers = new Map<number, Set<number>>();
  const recent = new Map<number, number>();
  for (const { user, item, timeMs, type } of byTime) {
    if (!first.has(user)) first.set(user, timeMs);
    last.set(user, (last.get(user) ?? new Map<number, number>()).set(item, timeMs));
    if (!buyers.has(item)) buyers.set(item, new Set());
    if (!recent.has(item)) recent.set(item, 0);
    if (!isPositive(evaluation, type)) continue;
    buyers.get(item)!.add(user);
    const ageDays = Math.max(0, (lastDay + 1) * MS_PER_DAY - timeMs) / MS_PER_DAY;
    recent.set(item, recent.get(item)! + 2 ** (-ageDays / 7));
  }
  const met = new Map<number, number[]>();
  for (const [user, times] of last) {
    met.set(
      user,
      [...times.keys()].sort((a, b) => times.get(a)! - times.get(b)! || a - b),
    );
  }
  return { met, popularity: new Map([...buyers].map(([item, users]) => [item, users.size])), recent, first };
}

/** Returns the best known items that the user did not meet, the best first; of equal scores the smaller id. */
function listOf(score: Score, known: readonly number[], met: readonly number[], cutoff: number): number[] {
  return known
    .filter((item) => !met.includes(item))
    .map((item) => ({ item, score: score(item) }))
    .filter((one): one is { item: number; score: number } => one.score !== undefined)
    .sort((a, b) => b.score - a.score || a.item - b.item)
    .slice(0, cutoff)
    .map(({ item }) => item);
}

type Values = Readonly<Record<keyof MeasureEstimates, number>>;

const NOTHING: Values = { recall: 0, ndcg: 0, mrr: 0, hitRate: 0 };

/** Returns the measures of a user's list; all 0 for an empty one. */
function valuesOf(list: readonly number[], tests: ReadonlySet<number>, cutoff: number): Values {
  const hits = list.map((item) => tests.has(item));
  const attainable = Math.min(cutoff, tests.size);
  let [found, gain, ideal] = [0, 0, 0];
  for (const [place, isHit] of hits.entries()) {
    if (!isHit) continue;
    found++;
    gain += 1 / Math.log2(place + 2);
  }
  for (let place = 0; place < attainable; place++) ideal += 1 / Math.log2(place + 2);
  const first = hits.indexOf(true);
  return {
    recall: found / attainable,
    ndcg: gain / ideal,
    mrr: first < 0 ? 0 : 1 / (first + 1),
    hitRate: first < 0 ? 0 : 1,
  };
}

function metricsPlainly({ name, job, run, settings, clientsOwn }: Scored, context: Context): ScorerMetrics {
  const { users, lists, known, byPopularity, facts, train } = context;
  const own = lists.get(name)!;
  const ofUsers = (some: readonly number[]) => ({ users: some.length, ...estimates(some, context, name) });
  const served = users.filter((user) => [...lists.values()].every((list) => list.get(user)!.length > 0));
  const met = (user: number): number => facts.met.get(user)?.length ?? 0;
  const isNew = (user: number): boolean => {
    const first = facts.first.get(user);
    return first !== undefined && first >= (train.to - 6) * MS_PER_DAY;
  };
  const entries = users.flatMap((user) => own.get(user)!);
  const ranks = entries.map((item) => byPopularity.indexOf(item) / Math.max(1, known.length - 1));
  const others = ['popularity', 'recent-popularity', ...(clientsOwn === undefined ? [] : [clientsOwn])];
  return {
    name,
    job,
    run,
    settings,
    ...estimates(users, context, name),
    served: ofUsers(served),
    leftOut: { noVector: users.filter((user) => own.get(user)!.length === 0).length / users.length },
    catalogue: new Set(entries).size / known.length,
    meanPopularityRank: ranks.length === 0 ? null : ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length,
    against: Object.fromEntries(
      others.filter((other) => other !== name).map((other) => [other, estimates(users, context, name, other)]),
    ),
    slices: {
      new: ofUsers(users.filter(isNew)),
      light: ofUsers(users.filter((user) => met(user) <= 5)),
      heavy: ofUsers(users.filter((user) => met(user) >= 50)),
    },
  };
}

/** Returns the estimates of a scorer over some users, or of its differences to another scorer. */
function estimates(users: readonly number[], context: Context, name: string, other?: string): MeasureEstimates {
  const { lists, tests, cutoff } = context;
  const weights = users.map((user) => context.weights.get(user)!);
  const values = (scorer: string) =>
    users.map((user) => valuesOf(lists.get(scorer)!.get(user)!, tests.get(user)!, cutoff));
  const own = values(name);
  const others = other === undefined ? own.map(() => NOTHING) : values(other);
  const estimate = (measure: keyof Values) =>
    estimatePlainly(
      own.map((value, at) => value[measure] - others[at]![measure]),
      weights,
    );
  return {
    recall: estimate('recall'),
    ndcg: estimate('ndcg'),
    mrr: estimate('mrr'),
    hitRate: estimate('hitRate'),
  };
}
