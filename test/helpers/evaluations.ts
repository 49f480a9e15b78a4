/** Stores evaluations with made-up results, for tests of what reads evaluations. */
import { inUnits } from '../../shared/evaluation/measures.ts';
import { METRICS } from '../../shared/evaluation/metrics-document.ts';
import { metricsOfSums, type ScorerFacts } from '../../shared/evaluation/metrics-of-sums.ts';
import { BASELINES, ResampleSums } from '../../shared/evaluation/resample-sums.ts';
import { RESAMPLES_FILE, resamplesFile } from '../../shared/evaluation/resamples-file.ts';
import { SUCCESS } from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';

/** The recall of one user's list by each scorer; undefined when the scorer does not serve the user. */
export type Recalls = Readonly<Record<string, number | undefined>>;

export interface TestEvaluation {
  readonly client: string;
  readonly day: number;
  /** User → recall by scorer. All users have the same scorers, the baselines among them. */
  readonly users: ReadonlyMap<number, Recalls>;
  readonly seed?: number;
  readonly resamples?: number;
  readonly cutoff?: number;
}

/** Stores `metrics.json`, `resamples` and `_SUCCESS` of one day. Every measure is the recall. */
export async function putEvaluation(store: Store, evaluation: TestEvaluation): Promise<void> {
  const { client, day, users, seed = 1, resamples = 100, cutoff = 20 } = evaluation;
  const names = Object.keys([...users.values()][0] ?? {}).sort();
  const sums = new ResampleSums(seed, names, resamples);
  const rows = [...users];
  const ids = Float64Array.from(rows, ([user]) => user);
  const results = names.map((name) => {
    const recall = Float64Array.from(rows, ([, recalls]) => inUnits(recalls[name] ?? 0));
    const served = Uint8Array.from(rows, ([, recalls]) => (recalls[name] === undefined ? 0 : 1));
    return { users: ids, served, recall, ndcg: recall, mrr: recall, hitRate: recall };
  });
  sums.add({ users: ids, slices: new Uint8Array(rows.length), results });
  const metrics = metricsOfSums(
    {
      client,
      train: { from: day - 30, to: day - 1 },
      test: { from: day, to: day },
      cutoff,
      knownItems: 10,
      pairs: { all: rows.length, unknownItem: 0, repeat: 0 },
      scorers: names.map(scorerFacts),
    },
    sums,
  );
  const folder = `${client}/evaluation/${day}/`;
  await store.put(folder + METRICS, JSON.stringify(metrics));
  await store.put(folder + RESAMPLES_FILE, resamplesFile(sums, { cutoff, testDays: 1 }));
  await store.put(folder + SUCCESS, '{}');
}

function scorerFacts(name: string): ScorerFacts {
  const isBaseline = BASELINES.some((baseline) => baseline === name);
  return {
    name,
    job: isBaseline ? null : name,
    run: isBaseline ? null : '0123456789abcdef',
    settings: {},
    itemsListed: 5,
    entries: 10,
    popularityRanks: 20,
  };
}

/**
 * Stores evaluations of consecutive days with 80 users, who are served by all. A user's recall is the given mean, more or less
 * by up to a tenth.
 * @param means scorer → the mean recall; the baselines have .3 and .2 unless they are given
 */
export async function putSteadyEvaluations(
  store: Store,
  client: string,
  days: readonly number[],
  means: Readonly<Record<string, number>>,
): Promise<void> {
  const all = { popularity: 0.3, 'recent-popularity': 0.2, ...means };
  for (const day of days) {
    const users = Array.from({ length: 80 }, (_, user): [number, Recalls] => {
      const entries = Object.entries(all).map(([name, mean], scorer) => {
        return [name, mean * (0.9 + (((user * 7 + scorer * 3 + day) % 11) / 10) * 0.2)];
      });
      return [user + 1, Object.fromEntries(entries)];
    });
    await putEvaluation(store, { client, day, users: new Map(users) });
  }
}
