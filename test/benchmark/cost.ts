/**
 * The cost model: fitted to runs of a small and a larger shop, in few and in more shards, and held to runs of other sizes.
 * Of size m it writes what `offline plan` predicts by (`shared/cost/model.json`).
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { jobNamed } from '../../functions/index.ts';
import { fitModel } from '../../shared/cost/fit.ts';
import type { JobModel } from '../../shared/cost/model.ts';
import { type Prediction, predict, transitionsOf } from '../../shared/cost/predict.ts';
import { gigabyteSeconds, type RunUsage } from '../../shared/cost/usage.ts';
import { mapsOf } from '../../shared/job/job.ts';
import type { SizeName } from './matrix.ts';
import { median } from './measure.ts';
import { COST_MODEL } from './places.ts';
import type { Row, Section } from './section.ts';
import { groupShop, runShopJob, SHOP_JOBS, type Shop, type ShopJob, settingsOf, shopOf } from './shop-jobs.ts';

const MILLION = 1_000_000;
/** Actions, and shards a step; undefined: as planned. */
type Point = readonly [actions: number, shards?: number];
/** Fitted to. Times are so noisy that two sizes would tell little of three coefficients. */
const FITTED: Record<SizeName, readonly Point[]> = {
  s: [[20_000], [60_000, 4], [200_000]],
  m: [[MILLION / 10], [0.3 * MILLION, 4], [MILLION], [MILLION, 4], [5 * MILLION]],
  l: [[MILLION / 10], [0.3 * MILLION, 4], [MILLION], [MILLION, 4], [10 * MILLION]],
};
/** Predicted. */
const HELD: Record<SizeName, readonly Point[]> = {
  s: [[50_000], [100_000, 3]],
  m: [[MILLION / 5], [MILLION / 2, 3], [2 * MILLION]],
  l: [[MILLION / 5], [MILLION / 2, 3], [5 * MILLION]],
};
const WORKERS = 1;
/** Of each run, for the median of each step's seconds. */
const ROUNDS = 3;
const QUANTITY_WITHIN = 0.02;
const SECONDS_WITHIN = 0.15;

type CostJob = 'group-actions' | ShopJob;
const JOBS: readonly CostJob[] = ['group-actions', ...SHOP_JOBS];

export async function cost(size: SizeName): Promise<Section> {
  const models: Record<string, JobModel> = {};
  const rows: Row[] = [];
  for (const job of JOBS) {
    const fitted: RunUsage[] = [];
    for (const point of FITTED[size]) fitted.push(await usageOf(job, point));
    const model = fitModel(jobNamed(job), fitted);
    models[job] = model;
    const held: { used: RunUsage; predicted: Prediction }[] = [];
    for (const point of HELD[size]) {
      const used = await usageOf(job, point);
      const settings = parsedSettings(job, await shopOf(point[0]));
      held.push({ used, predicted: predict(jobNamed(job), model, settings, used.input, point[1], 1, WORKERS) });
    }
    rows.push(...rowsOf(job, held));
  }
  if (size === 'm') writeFileSync(COST_MODEL, `${JSON.stringify(models)}\n`);
  return {
    title: 'Predicted cost',
    text:
      'Predicted from the size of the input alone, against what the run used, by a model fitted to runs of other sizes ' +
      `(${FITTED[size].map(inWords).join(', ')}). Predicted: ${HELD[size].map(inWords).join(', ')}. The worst of each job; one worker; ` +
      `of each step the median seconds of ${ROUNDS} runs.`,
    rows,
    contenders: [],
  };
}

const inWords = ([actions, shards]: Point): string =>
  `${actions / MILLION}M actions${shards === undefined ? '' : ` in ${shards} shards a step`}`;

const parsedSettings = (job: CostJob, shop: Shop): Readonly<Record<string, unknown>> =>
  jobNamed(job).settings.parse(job === 'group-actions' ? { inputPathPattern: '-' } : settingsOf(shop, job));

/** Of the same run several times: all else than seconds is the same each time. */
async function usageOf(job: CostJob, point: Point): Promise<RunUsage> {
  const rounds: RunUsage[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await usageOfOne(job, point));
  const [first] = rounds as [RunUsage];
  const seconds = (at: number) => median(rounds.map(({ steps }) => steps[at]?.seconds ?? 0));
  return { ...first, steps: first.steps.map((step, at) => ({ ...step, seconds: seconds(at) })) };
}

async function usageOfOne(job: CostJob, [actions, shards]: Point): Promise<RunUsage> {
  const shop = await shopOf(actions);
  const output = `${shop.folder}/cost`;
  const pool = { workers: WORKERS, ...(shards !== undefined && { shards }) };
  if (job === 'group-actions') await groupShop(shop, 'plain', output, pool);
  else await runShopJob(shop, job, 'plain', output, pool);
  const name = readdirSync(`${output}/.work`, { recursive: true, encoding: 'utf8' }).find((file) =>
    file.endsWith('/usage.json'),
  );
  const usage = JSON.parse(readFileSync(`${output}/.work/${name}`, 'utf8')) as RunUsage;
  rmSync(output, { recursive: true });
  return usage;
}

/** How far predictions are from the truth: the worst of the runs. */
function rowsOf(name: CostJob, held: readonly { used: RunUsage; predicted: Prediction }[]): Row[] {
  const job = jobNamed(name);
  const maps = new Set(mapsOf(job).map((step) => step.name));
  const sum = (used: RunUsage, of: (step: RunUsage['steps'][number]) => number) =>
    used.steps.reduce((total, step) => total + of(step), 0);
  const figures = {
    shards: ({ used, predicted }: (typeof held)[number]) => [
      predicted.shards,
      sum(used, ({ step, invocations }) => (maps.has(step) ? invocations : 0)),
    ],
    transitions: ({ used, predicted }: (typeof held)[number]) => [
      predicted.transitions,
      transitionsOf(job, (step) => used.steps.find((one) => one.step === step)?.invocations ?? 0),
    ],
    requests: ({ used, predicted }: (typeof held)[number]) => [
      predicted.gets + predicted.puts + predicted.lists,
      sum(used, ({ gets, puts, lists }) => gets + puts + lists),
    ],
    'GB-seconds': ({ used, predicted }: (typeof held)[number]) => [predicted.gbSeconds, sum(used, gigabyteSeconds)],
  } satisfies Record<string, (one: (typeof held)[number]) => number[]>;
  return Object.entries(figures).map(([what, of]) => {
    const pairs = held.map(of) as [number, number][];
    const off = pairs.map(([predicted, used]) => Math.abs(predicted / used - 1));
    return {
      what: `${name}: ${what}, share that predictions are off`,
      ratio: Math.max(...off),
      target: { atMost: what === 'GB-seconds' ? SECONDS_WITHIN : QUANTITY_WITHIN },
      note: pairs.map(([predicted, used]) => `${rounded(predicted)} for ${rounded(used)}`).join(', '),
    };
  });
}

const rounded = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
