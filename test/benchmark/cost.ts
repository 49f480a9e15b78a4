/**
 * The cost model: it is fitted to runs of some sizes and numbers of shards, and its predictions for other sizes are compared
 * with runs. At size m the models of the measured jobs are written to `shared/cost/model.json`, by which `offline plan`
 * predicts; the models of other jobs stay.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { jobNamed } from '../../functions/index.ts';
import { fitModel } from '../../shared/cost/fit.ts';
import type { JobModel } from '../../shared/cost/model.ts';
import { type Prediction, predict, transitionsOf } from '../../shared/cost/predict.ts';
import { gigabyteSeconds, type RunUsage } from '../../shared/cost/usage.ts';
import { defined } from '../../shared/defined.ts';
import { mapsOf } from '../../shared/job/job.ts';
import { addModels } from './cost-model.ts';
import type { SizeName } from './matrix.ts';
import { median } from './measure.ts';
import { COST_MODEL } from './places.ts';
import type { Row, Section } from './section.ts';
import { DAY_JOBS, GROUPING, groupShop, runShopJob, type Shop, settingsOf, shopOf } from './shop-jobs.ts';

const MILLION = 1_000_000;
/** The number of actions and of shards for each step, by default as many as planned. */
type Point = readonly [actions: number, shards?: number];
/** The sizes that the model is fitted to. Times vary so much that two sizes would not determine three coefficients. */
const FITTED: Record<SizeName, readonly Point[]> = {
  s: [[20_000], [60_000, 4], [200_000]],
  m: [[MILLION / 10], [0.3 * MILLION, 4], [MILLION], [MILLION, 4], [5 * MILLION]],
  l: [[MILLION / 10], [0.3 * MILLION, 4], [MILLION], [MILLION, 4], [10 * MILLION]],
};
/** The sizes that are predicted. */
const HELD: Record<SizeName, readonly Point[]> = {
  s: [[50_000], [100_000, 3]],
  m: [[MILLION / 5], [MILLION / 2, 3], [2 * MILLION]],
  l: [[MILLION / 5], [MILLION / 2, 3], [5 * MILLION]],
};
const WORKERS = 1;
/** The number of runs of each size, of which the median of each step's seconds counts. */
const ROUNDS = 5;
const QUANTITY_WITHIN = 0.02;
const SECONDS_WITHIN = 0.15;

export async function cost(size: SizeName, jobs: readonly string[] = DAY_JOBS): Promise<Section> {
  const models: Record<string, JobModel> = {};
  const rows: Row[] = [];
  for (const job of jobs) {
    const usages = await usagesOf(job, [...FITTED[size], ...HELD[size]]);
    const model = fitModel(jobNamed(job), usages.slice(0, FITTED[size].length));
    models[job] = model;
    const held: { used: RunUsage; predicted: Prediction }[] = [];
    for (const [index, [actions, shards]] of HELD[size].entries()) {
      const used = usages[FITTED[size].length + index]!;
      const settings = await parsedSettings(job, await shopOf(actions));
      const circumstances = { shards, threads: WORKERS, earlierOutputs: 0 };
      held.push({ used, predicted: predict(jobNamed(job), model, settings, used.input, circumstances) });
    }
    rows.push(...rowsOf(job, held));
  }
  if (size === 'm') addModels(COST_MODEL, models, DAY_JOBS);
  return {
    title: 'Predicted cost',
    text:
      'A prediction from the size of the input alone, against what the run used. The model was fitted to runs of ' +
      `other sizes (${FITTED[size].map(inWords).join(', ')}). Predicted sizes: ` +
      `${HELD[size].map(inWords).join(', ')}. Each row shows the worst of a job, with one worker; the seconds of ` +
      `a step are the median of ${ROUNDS} runs.`,
    rows,
    contenders: [],
  };
}

const inWords = ([actions, shards]: Point): string =>
  `${actions / MILLION}M actions${shards === undefined ? '' : ` in ${shards} shards a step`}`;

const parsedSettings = async (job: string, shop: Shop): Promise<Readonly<Record<string, unknown>>> =>
  jobNamed(job).settings.parse(job === GROUPING ? { inputPathPattern: '-' } : await settingsOf(shop, job));

/** Measures the points in turns, because the speed of a machine changes from minute to minute. */
async function usagesOf(job: string, points: readonly Point[]): Promise<RunUsage[]> {
  const runs: RunUsage[][] = points.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, point] of points.entries()) runs[index]?.push(await usageOf(job, point));
  }
  return runs.map(typicalOf);
}

/** Returns the first of the runs of one point with the median of the seconds. All else is the same in these runs. */
function typicalOf(runs: readonly RunUsage[]): RunUsage {
  const [first] = runs as readonly [RunUsage];
  const seconds = (step: number) => median(runs.map(({ steps }) => steps[step]?.seconds ?? 0));
  return { ...first, steps: first.steps.map((used, step) => ({ ...used, seconds: seconds(step) })) };
}

async function usageOf(job: string, [actions, shards]: Point): Promise<RunUsage> {
  const shop = await shopOf(actions);
  const output = `${shop.folder}/cost`;
  const pool: Parameters<typeof runShopJob>[4] = defined({ workers: WORKERS, shards });
  if (job === GROUPING) await groupShop(shop, 'plain', output, pool);
  else await runShopJob(shop, job, 'plain', output, pool);
  const name = readdirSync(`${output}/.work`, { recursive: true, encoding: 'utf8' }).find((file) =>
    file.endsWith('/usage.json'),
  );
  const usage = JSON.parse(readFileSync(`${output}/.work/${name}`, 'utf8')) as RunUsage;
  rmSync(output, { recursive: true });
  return usage;
}

/** Returns the largest relative error of the predictions for each quantity. */
function rowsOf(name: string, held: readonly { used: RunUsage; predicted: Prediction }[]): Row[] {
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
