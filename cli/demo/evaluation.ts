/**
 * Measures how well matrix factorization recommends to a client's users. The last fifth of each user's distinct items is held
 * out, a second model is trained on the rest, and its recall@20 is compared with that of recommending popular items.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { matrixFactorization } from '../../functions/matrix-factorization/job.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { ACTIONS, dayFolder } from '../../shared/store/keys.ts';
import { openStore } from '../../shared/store/open-store.ts';
import type { WorkerPool } from '../local/pool.ts';
import { type RunWatcher, runLocally } from '../local/run-job.ts';
import { type DemoClient, FACTORS } from './clients.ts';
import { EVALUATION } from './places.ts';
import { type Purchases, readPurchases } from './purchases.ts';
import { best, readModel, recommend } from './recommend.ts';

const HELD_OUT = 0.2;
export const CUTOFF = 20;

export interface Evaluation {
  readonly run: string;
  readonly users: number;
  /** Mean over users of: held-out items among the first 20 / items held out (at most 20). */
  readonly als: number;
  readonly popularity: number;
}

/** Trains and measures, or returns the result of an earlier equal training. */
export async function evaluate(
  { name: client }: DemoClient,
  days: readonly number[],
  pool: WorkerPool,
  watcher: RunWatcher,
): Promise<{ evaluation: Evaluation; alreadyDone: boolean }> {
  const day = days.at(-1)!;
  const store = await openStore(EVALUATION);
  const training = `${dayFolder(client, ACTIONS, day)}part-00000`;
  const purchases = existsSync(join(EVALUATION, training)) ? undefined : await readPurchases(client, days);
  if (purchases) await store.put(training, trainingActions(client, purchases, day));
  const summary = await runLocally(
    matrixFactorization,
    {
      client,
      settings: { inputPath: EVALUATION, outputPath: EVALUATION, startDay: day, ...FACTORS },
      requestedAt: new Date().toISOString(),
    },
    pool,
    watcher,
  );
  const kept = join(EVALUATION, client, 'recall.json');
  if (existsSync(kept)) {
    const evaluation = JSON.parse(readFileSync(kept, 'utf8')) as Evaluation;
    if (evaluation.run === summary.run) return { evaluation, alreadyDone: true };
  }
  const measured = await measure(purchases ?? (await readPurchases(client, days)), summary.output);
  const evaluation = { run: summary.run, ...measured };
  writeFileSync(kept, JSON.stringify(evaluation));
  return { evaluation, alreadyDone: false };
}

/** Divides a user's items: the first four fifths (rounded down) are for the training. */
const split = (items: readonly number[]) => {
  const kept = Math.floor(items.length * (1 - HELD_OUT));
  return { training: items.slice(0, kept), heldOut: items.slice(kept) };
};

/** Returns one action for each pair, as the grouping writes them. A pair counts once, however often it was taken. */
function trainingActions(client: string, purchases: Purchases, day: number): string {
  const time = new Date(day * MS_PER_DAY).toISOString();
  const lines: string[] = [];
  for (const [user, items] of [...purchases].sort(([a], [b]) => a - b)) {
    for (const item of split(items).training) {
      lines.push(
        `{"timestamp_utc":"${time}","client":"${client}","userid":${user},"itemid":${item},"type":1,"value":1}\n`,
      );
    }
  }
  return lines.join('');
}

async function measure(purchases: Purchases, location: string): Promise<Omit<Evaluation, 'run'>> {
  const model = await readModel(location);
  const buyers = new Map<number, number>();
  for (const items of purchases.values()) {
    for (const item of split(items).training) buyers.set(item, (buyers.get(item) ?? 0) + 1);
  }
  const ids = [...buyers.keys()];
  const counts = [...buyers.values()];
  let users = 0;
  let als = 0;
  let popularity = 0;
  for (const [user, items] of purchases) {
    const { training, heldOut } = split(items);
    // A user without training has no vector, and a model cannot be judged by such users.
    if (training.length === 0 || heldOut.length === 0) continue;
    const known = new Set(training);
    const wanted = new Set(heldOut);
    const recall = (items: readonly number[]) =>
      items.filter((item) => wanted.has(item)).length / Math.min(CUTOFF, heldOut.length);
    users++;
    als += recall(recommend(model, user, known, CUTOFF));
    popularity += recall(best(ids, counts, known, CUTOFF));
  }
  return { users, als: als / users, popularity: popularity / users };
}
