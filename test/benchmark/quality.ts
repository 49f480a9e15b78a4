/**
 * How good models are: ours and those of peers, trained on the days before a cut and judged by the job `evaluate` on the days
 * after it, on the two real data sets. The settings that searches have found are in `quality-tuned.json`; `--tune` searches them
 * again.
 */
import { availableParallelism } from 'node:os';
import { largestMemory } from '../../cli/commands/run.ts';
import { localRunner } from '../../cli/local/local-runner.ts';
import { WorkerPool } from '../../cli/local/pool.ts';
import type { Candidate } from '../../functions/evaluate/candidates.ts';
import { JOBS } from '../../functions/index.ts';
import { defined } from '../../shared/defined.ts';
import { candidatesOf } from '../../shared/evaluation/evaluate-variants.ts';
import { isTrained, type NotTrained, trainVariants } from '../../shared/evaluation/trainings.ts';
import type { RealData } from '../helpers/real-actions.ts';
import { PEERS_TRIED, type Peer as Tried, trainPeer } from './peer-trials.ts';
import type { Peer } from './peers.ts';
import { type Cut, peerData, trainingDay } from './quality-data.ts';
import {
  type AllTuned,
  defaultsName,
  isOurs,
  type OwnModel,
  ownModels,
  RECOMMENDED,
  readTuned,
  type Tuned,
  tunedName,
} from './quality-models.ts';
import { type Bench, cutOf, DAYS, evaluate, HOLDOUT_DAYS, ROOT, TRIALS } from './quality-protocol.ts';
import { qualityTable, tunedTable } from './quality-tables.ts';
import { tuneAll } from './quality-tune.ts';
import { realActions } from './real-shops.ts';
import type { Section, Table } from './section.ts';

const CUTOFF = 20;

/** The last test days of each set. Searches see only days before the first one's test days. */
const LAST_DAYS: Readonly<Record<RealData, readonly [first: string, second: string]>> = {
  onlineretail: ['2011-11-11', '2011-12-09'],
  movietweetings: ['2013-08-04', '2013-09-01'],
};

const TEXT =
  `Models are trained on ${DAYS} days and judged by the job \`evaluate\` on the ${HOLDOUT_DAYS} days after them ` +
  '([evaluation.md](../../docs/evaluation.md)), with 95 % intervals by a bootstrap over users. Differences are paired by user; ' +
  'those whose interval does not hold 0 are in bold. A peer’s model is written in the published form of a job of ours, and ' +
  'ranked by that job’s scorer: implicit’s factors as those of matrix-factorization, all item cosines as similar-items, ' +
  'gensim’s vectors as word2vec. No form of ours holds EASE’s weights, which are neither symmetric nor all above 0, so its lists ' +
  'of 100 items are written as rules of fpgrowth, which rank as the lists do. ' +
  'ALS, item cosine and EASE get the pairs of users and items with a positive action, gensim the sessions that word2vec gets. ' +
  `Tuned settings are the best of ${TRIALS} trials (all, in a smaller space) by NDCG@100 on the ${HOLDOUT_DAYS} days before the ` +
  'test days of the first cut; peers are searched by the same code on the same days. They are stored in ' +
  '`test/benchmark/quality-tuned.json`, and `npm run bench -- --only quality --tune` searches them again. Peers are compared ' +
  'with the tuned model of ours that did best in the searches. Measured by `npm run bench -- --only quality`.';

/** @param isTuning true to search the settings again */
export async function quality(peer: Peer, isTuning: boolean): Promise<Section> {
  if ('failed' in peer) throw new Error(`the section quality compares with peers: ${peer.failed}`);
  const actionsRoot = await realActions();
  await using pool = new WorkerPool(availableParallelism(), Math.max(...JOBS.map(largestMemory)));
  const bench: Bench = { runner: localRunner(pool), actionsRoot, python: peer.python };
  const tables: Table[] = [];
  for (const [client, lastDays] of Object.entries(LAST_DAYS)) {
    if (isTuning) await tuneAll(bench, client, lastDays[0]);
    for (const lastDay of lastDays) tables.push(await compared(bench, cutOf(client, lastDay), readTuned()));
    tables.push(tunedTable(client, readTuned()[client] ?? {}));
  }
  return { title: 'Quality on days after the training', text: TEXT, rows: [], contenders: [], tables };
}

async function compared(bench: Bench, cut: Cut, tuned: AllTuned): Promise<Table> {
  const { client } = cut;
  const say = (text: string) => process.stderr.write(`bench: ${client}, tests up to day ${cut.startDay}: ${text}\n`);
  const found = tuned[client] ?? {};
  const own = ownModels(found);
  say(`training ${own.length} models of ours`);
  const trainings = await trainVariants(
    {
      client,
      root: ROOT,
      actionsRoot: bench.actionsRoot,
      day: trainingDay(cut),
      days: cut.days,
      variants: own,
      jobs: JOBS,
      requestedAt: new Date().toISOString(),
    },
    bench.runner,
  );
  const candidates = [...withReference(candidatesOf(trainings.filter(isTrained)), own)];
  const data = await peerData(cut, bench.actionsRoot, ROOT, bench.runner);
  const place = { root: ROOT, client, day: trainingDay(cut) };
  const reference = referenceOf(found);
  for (const [name, peer] of Object.entries<Tried>(PEERS_TRIED)) {
    const { [name]: best } = found;
    const forms = new Map([[peer.dimensions.length === 0 ? name : defaultsName(name), peer.defaults]]);
    if (best !== undefined) forms.set(tunedName(name), best.settings);
    for (const [scorer, settings] of forms) {
      say(`training ${scorer}`);
      const candidate = await trainPeer(bench.python, peer, scorer, settings, data, place);
      candidates.push({ ...candidate, clientsOwn: reference });
    }
  }
  say(`evaluating ${candidates.length} models`);
  const metrics = await evaluate(bench, cut, candidates, CUTOFF);
  const failed = trainings.filter((training): training is NotTrained => !isTrained(training));
  const names = new Set([...own, ...candidates].map(({ name }) => name));
  return qualityTable(metrics, [...names], failed);
}

/** Returns the model of ours that did best in the searches. Peers are compared with it, so the test days do not choose it. */
function referenceOf(found: Readonly<Record<string, Tuned>>): string {
  const ours = Object.entries(found).filter(([name]) => isOurs(name));
  const [best] = ours.sort(([, a], [, b]) => b.ndcg - a.ndcg);
  return best === undefined ? RECOMMENDED : tunedName(best[0]);
}

/** Adds the model that each candidate is compared with, if that was trained. */
function withReference(candidates: readonly Candidate[], own: readonly OwnModel[]): Candidate[] {
  const names = new Set(candidates.map(({ name }) => name));
  return candidates.map(({ clientsOwn: _, ...candidate }) => {
    const { to } = own.find(({ name }) => name === candidate.name)!;
    return defined<Candidate>({ ...candidate, clientsOwn: to !== undefined && names.has(to) ? to : undefined });
  });
}
