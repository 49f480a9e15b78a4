/**
 * `offline tune` beside a full grid: the NDCG of what it finds on the data sets shipped, and its CPU time on a generated shop.
 * The CPU time of the grid on the generated shop is estimated from every 50th of its points.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { localRunner } from '../../cli/local/local-runner.ts';
import { WorkerPool } from '../../cli/local/pool.ts';
import { JOBS, jobNamed } from '../../functions/index.ts';
import type { Runner } from '../../shared/evaluation/trainings.ts';
import { judgeTrials, scorerOf } from '../../shared/tuning/judge-trials.ts';
import type { Trial } from '../../shared/tuning/trials.ts';
import { tune } from '../../shared/tuning/tune.ts';
import { protocolOf, type TuneRequest } from '../../shared/tuning/tune-request.ts';
import { type RealData, realDays } from '../helpers/real-actions.ts';
import { madeOnce } from './made-once.ts';
import type { SizeName } from './matrix.ts';
import { BENCH, CLIENT, DAY } from './places.ts';
import type { Row, Section } from './section.ts';
import { TUNE_DAYS, TUNE_HOLDOUT, tuneShop } from './tune-shop.ts';

const ACTIONS: Readonly<Record<SizeName, number>> = { s: 200_000, m: 5_000_000, l: 10_000_000 };
const WORKERS = 2;
const MEMORY_MB = 4_000;
/** The points of the grid that are judged together. */
const TOGETHER = 8;
const NEAR_AT_LEAST = 0.95;
const CPU_AT_MOST = 0.1;
const SAMPLED = 50;

const job = jobNamed('matrix-factorization');

/** Returns every combination of these values with five iterations. */
function gridOf(
  alphas: readonly number[],
  lambdas: readonly number[],
  ranks: readonly number[],
  halfLives: readonly (number | null)[],
): Trial[] {
  const points = alphas.flatMap((alpha) =>
    lambdas.flatMap((lambda) =>
      ranks.flatMap((rank) => halfLives.map((halfLifeDays) => ({ alpha, lambda, rank, iterations: 5, halfLifeDays }))),
    ),
  );
  return points.map((point, at) => ({ name: `grid-${String(at + 1).padStart(3, '0')}`, point }));
}

const SMALL_GRID = gridOf([1, 4, 16, 64], [0.01, 0.1, 1, 4], [16, 64], [null, 30]);
/** 400 points. */
const LARGE_GRID = gridOf([0.5, 2, 8, 32, 100], [0.003, 0.03, 0.1, 0.3, 3], [8, 16, 32, 64], [null, 14, 30, 90]);

/** The last day, the training days and the days of a hold-out. */
const SHIPPED: Readonly<Record<RealData, readonly [day: number, days: number, holdoutDays: number]>> = {
  onlineretail: [15_317, 90, 14],
  movietweetings: [15_949, 60, 14],
};

export async function tuning({ size }: { readonly size: SizeName }): Promise<Section> {
  await using pool = new WorkerPool(WORKERS, MEMORY_MB);
  const rows: Row[] = [];
  for (const data of Object.keys(SHIPPED) as RealData[]) rows.push(await nearTheGrid(data, pool));
  rows.push(...(await cheaperThanTheGrid(ACTIONS[size], pool)));
  return {
    title: 'Tuning of matrix-factorization beside a grid',
    text:
      `The search has 64 trials. On the data sets shipped a grid of ${SMALL_GRID.length} points is trained as a whole, and its best ` +
      'point and the winner are evaluated together on the days on which both were found. On the generated shop of ' +
      `${ACTIONS[size]} actions, the CPU time of a grid of ${LARGE_GRID.length} points is estimated from every ${SAMPLED}th of them.`,
    rows,
    contenders: [],
  };
}

async function nearTheGrid(data: RealData, pool: WorkerPool): Promise<Row> {
  const actionsRoot = await madeOnce(`grouped-${data}`, async (folder) => writeReal(folder, data));
  const [startDay, days, holdoutDays] = SHIPPED[data];
  const { request, runner } = searchOf(data, actionsRoot, { startDay, days, holdoutDays }, pool);
  const { winner } = await tune(request, runner, said(data));
  const place = { root: emptyRoot(`grid-${data}`), actionsRoot, startDay: startDay - holdoutDays };
  const [best] = await judgedGrid(SMALL_GRID, request, place, runner);
  const pair = await judgeTrials(job, [best!.trial, winner], protocolOf(request), place, runner, best!.trial.name);
  const metricsOf = ({ name }: Trial) =>
    pair.metrics!.scorers.find((scorer) => scorer.name === scorerOf(job, name, best!.trial.name))!;
  const [found, grid] = [metricsOf(winner), metricsOf(best!.trial)];
  const { low, high } = found.against[job.name]!.ndcg;
  return {
    what: `${data}: NDCG@100 of the winner / of the grid's best`,
    ratio: found.ndcg.mean! / grid.ndcg.mean!,
    target: { atLeast: NEAR_AT_LEAST },
    note:
      `${found.ndcg.mean!.toFixed(4)} / ${grid.ndcg.mean!.toFixed(4)}, paired difference ${low?.toFixed(4)} to ${high?.toFixed(4)}, ` +
      `${pair.metrics!.users} users`,
  };
}

async function cheaperThanTheGrid(actions: number, pool: WorkerPool): Promise<Row[]> {
  const actionsRoot = await tuneShop(actions);
  const days = { startDay: DAY, days: TUNE_DAYS, holdoutDays: TUNE_HOLDOUT };
  const { request, runner, cpuSeconds } = searchOf(CLIENT, actionsRoot, days, pool);
  const { winner, spent, rungs } = await tune(request, runner, said('generated'));
  const before = cpuSeconds();
  const sampled = LARGE_GRID.filter((_, at) => at % SAMPLED === SAMPLED / 2);
  const place = { root: emptyRoot('grid-generated'), actionsRoot, startDay: DAY - TUNE_HOLDOUT };
  await judgedGrid(sampled, request, place, runner);
  const grid = ((cpuSeconds() - before) / sampled.length) * LARGE_GRID.length;
  // The planted shop has 16 groups, of which a user leaves one after 20 days.
  const planted = gridOf([8, 32], [0.03, 0.3], [16], [14]);
  const [known] = await judgedGrid(planted, request, place, runner);
  const { metrics } = await judgeTrials(job, [known!.trial, winner], protocolOf(request), place, runner);
  const ndcgOf = ({ name }: Trial): number =>
    metrics!.scorers.find((one) => one.name === scorerOf(job, name))!.ndcg.mean!;
  return [
    {
      what: 'generated: CPU of the search / of the grid',
      ratio: spent.cpuSeconds / grid,
      target: { atMost: CPU_AT_MOST },
      note: `${spent.cpuSeconds.toFixed(0)} s / ${grid.toFixed(0)} s (estimated); trials: ${rungs.map(({ trials }) => trials).join(', ')}`,
    },
    {
      what: 'generated: NDCG@100 of the winner / of the planted settings',
      ratio: ndcgOf(winner) / ndcgOf(known!.trial),
      target: { atLeast: NEAR_AT_LEAST },
      note: `${ndcgOf(winner).toFixed(4)} / ${ndcgOf(known!.trial).toFixed(4)}`,
    },
  ];
}

/** Returns a search for the defaults of the job, and a runner that adds up the CPU time. */
function searchOf(
  client: string,
  actionsRoot: string,
  days: Pick<TuneRequest, 'startDay' | 'days' | 'holdoutDays'>,
  pool: WorkerPool,
) {
  const plain = localRunner(pool);
  let cpuMs = 0;
  const runner: Runner = {
    ...plain,
    run: async (one, input, name) => {
      const cost = await plain.run(one, input, name);
      cpuMs += cost.cpuMs;
      return cost;
    },
  };
  const { dimensions, known } = job.space!;
  const request: TuneRequest = {
    ...days,
    job,
    jobs: JOBS,
    client,
    root: emptyRoot(`tune-${client}`),
    actionsRoot,
    dimensions,
    known,
    settings: job.settings.parse({}),
    configOf: () => ({}),
    count: 64,
    budget: undefined,
    seed: 1,
    testUsers: 20_000,
    skipUnfinishedDays: false,
    requestedAt: new Date().toISOString(),
  };
  return { request, runner, cpuSeconds: () => cpuMs / 1000 };
}

/** Judges all points, and returns them with their NDCG, the best first. */
async function judgedGrid(
  grid: readonly Trial[],
  request: TuneRequest,
  place: Parameters<typeof judgeTrials>[3],
  runner: Runner,
): Promise<{ readonly trial: Trial; readonly ndcg: number }[]> {
  const judged: { trial: Trial; ndcg: number }[] = [];
  for (let at = 0; at < grid.length; at += TOGETHER) {
    const batch = grid.slice(at, at + TOGETHER);
    const { metrics } = await judgeTrials(job, batch, protocolOf(request), place, runner);
    for (const trial of batch) {
      const scorer = metrics?.scorers.find(({ name }) => name === trial.name);
      judged.push({ trial, ndcg: scorer?.ndcg.mean ?? 0 });
    }
    process.stderr.write(`bench: grid ${judged.length} of ${grid.length}\n`);
  }
  return judged.sort((a, b) => b.ndcg - a.ndcg);
}

function writeReal(folder: string, data: RealData): void {
  for (const { day, lines } of realDays(data)) {
    const place = `${folder}/${data}/actions/${day}`;
    mkdirSync(place, { recursive: true });
    writeFileSync(`${place}/part-00000`, lines.map((line) => `${line}\n`).join(''));
    writeFileSync(`${place}/_SUCCESS`, '');
  }
}

function emptyRoot(name: string): string {
  const root = `${BENCH}tune/${name}`;
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  return root;
}

const said = (name: string) => ({
  say: (text: string) => void process.stderr.write(`bench: ${name}: ${text}\n`),
  now: () => undefined,
});
