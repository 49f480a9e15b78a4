/**
 * An output root as a shop's days leave it, for tests of the report. Every text that comes from data holds markup, and every place
 * that the report must not repeat holds a secret or the id of a user.
 */

import type { StepUsage } from '../../shared/cost/usage.ts';
import { inUnits } from '../../shared/evaluation/measures.ts';
import { METRICS } from '../../shared/evaluation/metrics-document.ts';
import { metricsOfSums } from '../../shared/evaluation/metrics-of-sums.ts';
import { ResampleSums } from '../../shared/evaluation/resample-sums.ts';
import { RESAMPLES_FILE, resamplesFile } from '../../shared/evaluation/resamples-file.ts';
import type { DayFigures } from '../../shared/model/day-figures.ts';
import { planKey, planName, runFolder, SUCCESS, USAGE_KEY, versionFolder } from '../../shared/store/keys.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { noTraffic } from '../../shared/store/metered-store.ts';
import type { JsonRecord } from '../../shared/store/sealed.ts';
import { sealed } from '../../shared/store/sealed.ts';
import type { DatedVerdict } from '../../shared/verdict/verdict-history.ts';

export const SHOP = 'shop & <b title="x">sons';
/** Friday, 9 December 2011: the day that the report is about. */
export const LAST = 15_317;
/** The first of the days with actions. The shop is closed on Saturdays. */
export const FIRST = LAST - 13;

const SCRIPT = '<script>document.title="run"</script>';
export const PASSWORD = 'hunter2-of-the-database';
/** Users whose ids may stand in examples and nowhere else. */
export const USERS = Array.from({ length: 12 }, (_, at) => 770_001 + at);
export const ITEMS = Array.from({ length: 30 }, (_, at) => 100 + at);
const RUNS = { before: 'aaaaaaaaaaaaaaaa', now: 'bbbbbbbbbbbbbbbb', blocked: 'cccccccccccccccc' };

/** The catalogue. One of the names holds markup. */
export const catalogueText = (): string =>
  ITEMS.map(
    (item) => `${JSON.stringify({ itemid: item, name: item === ITEMS[0] ? `Lamp ${SCRIPT}` : `Product ${item}` })}\n`,
  ).join('');

/** Returns a root with the days of the shop. */
export async function shopRoot(): Promise<MemoryStore> {
  const store = new MemoryStore('/out');
  for (let day = FIRST; day <= LAST; day++) if ((day - FIRST) % 7 !== 0) await putActions(store, day);
  await putRejects(store);
  await putModels(store);
  for (let day = LAST - 4; day <= LAST; day++) await putEvaluation(store, day);
  return store;
}

const success = (store: MemoryStore, folder: string, more: JsonRecord) =>
  store.put(
    folder + SUCCESS,
    sealed({
      run: RUNS.now,
      job: 'x',
      version: 1,
      client: SHOP,
      day: LAST,
      settings: { jdbc: `jdbc:mysql://db/shop?password=${PASSWORD}` },
      counts: {},
      files: [],
      ...more,
    }),
  );

function putActions(store: MemoryStore, day: number) {
  const lines = 900 + 37 * (day % 7);
  const rejected = day === LAST ? 3 : 0;
  const figures: DayFigures = {
    lines,
    users: 120,
    items: 30,
    largestUser: 20,
    largestItem: 90,
    duplicates: 0,
    otherDays: 0,
    types: { 1: lines - 200, 2: 200 },
    hours: Array.from({ length: 24 }, () => 0),
  };
  const counts = { read: lines + rejected, written: lines, rejected, repaired: 2, dropped: 1, otherDays: 0, figures };
  return success(store, `${SHOP}/actions/${day}/`, { counts });
}

async function putRejects(store: MemoryStore): Promise<void> {
  const line = (reason: string, text: string) => `${JSON.stringify({ object: 'logs/a.gz', line: 7, reason, text })}\n`;
  const own = `"client":${JSON.stringify(SHOP)}`;
  const text = [
    line('itemid: missing', `{${own},"userid":${USERS[0]},"note":"${SCRIPT}"}`),
    line('itemid: missing', `{${own},"userid":${USERS[1]}}`),
    line('timestamp_utc: not a time', `{${own},"jdbc":"mysql://root:${PASSWORD}@db/shop"}`),
    line('itemid: missing', '{"client":"rival","userid":990001}'),
    line('not JSON', 'a line of anybody, user 990002'),
  ].join('');
  await store.put(`_rejected/${LAST}/part-00000`, text);
  const files = [{ name: 'part-00000', size: text.length, sha256: '' }];
  await success(store, `_rejected/${LAST}/`, { client: null, files, counts: { clients: { [SHOP]: {}, rival: {} } } });
}

async function putModels(store: MemoryStore): Promise<void> {
  const versions = [
    { day: LAST - 1, run: RUNS.before },
    { day: LAST, run: RUNS.now },
  ];
  for (const { day, run } of versions) {
    const folder = versionFolder(SHOP, 'mf', day, run);
    const shift = day === LAST ? 1 : 0;
    await store.put(
      `${folder}userFeatures.txt`,
      rows(USERS, (at) => [1, (at + shift) % 5]),
    );
    await store.put(
      `${folder}productFeatures.txt`,
      rows(ITEMS, (at) => [at / 10, at % 7]),
    );
    await success(store, folder, { job: 'matrix-factorization', run, day });
  }
  await success(store, `${SHOP}/matrix-factorization/${LAST}/`, {
    job: 'matrix-factorization',
    counts: { users: 120, items: 30, lines: 900 },
  });
  const live = (day: number, run: string) => ({ day, run, requestedAt: null, location: `/out/${day}-${run}` });
  const change = { root: 'r', by: 'run', because: null, held: false };
  const changes = [
    { ...change, seq: 1, when: '2011-12-09T04:00:00.000Z', live: live(LAST - 1, RUNS.before) },
    { ...change, seq: 2, when: '2011-12-10T04:00:00.000Z', live: live(LAST, RUNS.now) },
  ];
  await store.put(`${SHOP}/models/mf/_history.json`, sealed({ changes, verdicts: [verdict(RUNS.now, 'passed')] }));
  await store.put(
    `${SHOP}/models/assocrules/_history.json`,
    sealed({ changes: [], verdicts: [verdict(RUNS.blocked, 'blocked')] }),
  );
  await putAccount(store, 'matrix-factorization', RUNS.now, LAST);
  await putAccount(store, 'matrix-factorization', RUNS.before, LAST - 1);
}

const rows = (ids: readonly number[], of: (at: number) => readonly number[]): string =>
  ids.map((id, at) => `${id}|${of(at).join(',')}\n`).join('');

function verdict(run: string, ended: 'passed' | 'blocked'): DatedVerdict {
  const says = ended === 'blocked' ? `there are no rules ${SCRIPT}` : 'every number is finite';
  const checks = [{ check: ended === 'blocked' ? 'empty' : 'finite', verdict: ended, value: 0, limit: 0, says }];
  return { run, day: LAST, gate: 'enforce', activate: true, live: null, verdict: ended, checks };
}

async function putAccount(store: MemoryStore, job: string, run: string, day: number): Promise<void> {
  const prefix = runFolder(job, SHOP, run);
  const plan = { job, version: 1, client: SHOP, day, settings: {}, shards: null, inputs: [['a', 10, 'x']] };
  const step = (name: string, invocations: number): StepUsage => ({
    step: name,
    memoryMb: 1769,
    invocations,
    seconds: 4 * invocations,
    peakMemoryMb: 300,
    ...noTraffic(),
    reads: {},
  });
  const steps = [step('configure', 1), step('rate', 3)];
  const usage = { job, version: 1, input: { objects: 1, bytes: 10 }, shards: null, threads: null, steps };
  await store.put(prefix + planKey(planName(null)), sealed(plan));
  await store.put(prefix + USAGE_KEY, sealed(usage));
}

const SCORERS = ['matrix-factorization', 'popularity', 'recent-popularity', 'word2vec'];

/** 100 users a day, of whom matrix factorization finds more than the popularities do, and word2vec about as much. */
async function putEvaluation(store: MemoryStore, day: number): Promise<void> {
  const sums = new ResampleSums(1, SCORERS);
  const users = Float64Array.from({ length: 100 }, (_, at) => 770_001 + at);
  const noise = (a: number, b: number): number => Math.abs(Math.sin(a * 12.9898 + b * 78.233) * 43758.5453) % 1;
  const results = SCORERS.map((_, place) => {
    const level = [0.5, 0.25, 0.3, 0.27][place]!;
    const recall = Float64Array.from(users, (user) => inUnits(noise(user, day + place / 3) < level ? 0.8 : 0));
    return { users, served: new Uint8Array(users.length).fill(1), recall, ndcg: recall, mrr: recall, hitRate: recall };
  });
  sums.add({ users, slices: new Uint8Array(users.length), results });
  const facts = SCORERS.map((name) => {
    const isModel = !name.includes('popularity');
    return {
      name,
      job: isModel ? name : null,
      run: isModel ? RUNS.before : null,
      settings: {},
      itemsListed: 20,
      entries: 2000,
      popularityRanks: 9000,
    };
  });
  const pairs = { all: 400, unknownItem: 20, repeat: 100 };
  const train = { from: day - 30, to: day - 1 };
  const test = { from: day, to: day };
  const metrics = metricsOfSums({ client: SHOP, train, test, cutoff: 20, knownItems: 30, pairs, scorers: facts }, sums);
  const folder = `${SHOP}/evaluation/${day}/`;
  await store.put(folder + METRICS, JSON.stringify(metrics));
  await store.put(folder + RESAMPLES_FILE, resamplesFile(sums, { cutoff: 20, testDays: 1 }));
  await success(store, folder, { job: 'evaluate', day });
}
