/**
 * The cost model: it is fitted to runs of some sizes and numbers of shards, and its predictions for other sizes are compared
 * with runs. At size m the models of the measured jobs are written to `shared/cost/model.json`, by which `offline plan`
 * predicts; the models of other jobs stay.
 */
import { rmSync } from 'node:fs';
import { jobNamed } from '../../functions/index.ts';
import { fitModel } from '../../shared/cost/fit.ts';
import type { JobModel } from '../../shared/cost/model.ts';
import { type Prediction, predict, transitionsOf } from '../../shared/cost/predict.ts';
import {
  FOLD_MEMORY_MB,
  type FoldedPrediction,
  predictFolded,
  START_SECONDS,
} from '../../shared/cost/predict-folded.ts';
import { gigabyteSeconds, type RunUsage } from '../../shared/cost/usage.ts';
import { defined } from '../../shared/defined.ts';
import { mapsOf } from '../../shared/job/job.ts';
import { addModels } from './cost-model.ts';
import { type FoldedMeasurement, foldedPoint, foldedRun } from './folded.ts';
import type { SizeName } from './matrix.ts';
import { median } from './measure.ts';
import { COST_MODEL } from './places.ts';
import type { Row, Section } from './section.ts';
import { DAY_JOBS, GROUPING, groupShop, runShopJob, settingsOf, shopOf, usageIn } from './shop-jobs.ts';

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
/** The numbers of actions of the folded runs that are measured for the model, and of those that are predicted. */
const FOLDED: Record<SizeName, readonly number[]> = {
  s: [10_000, 100_000],
  // The largest day shows that memory grows slowly once a step has several shards.
  m: [10_000, MILLION / 10, MILLION, 5 * MILLION, 10 * MILLION],
  l: [10_000, MILLION / 10, MILLION, 10 * MILLION],
};
const HELD_FOLDED: Record<SizeName, readonly number[]> = {
  s: [50_000],
  m: [MILLION / 5, 2 * MILLION],
  l: [5 * MILLION],
};
/** A run folds up to half of the memory, so a peak may be so many times the predicted one. */
const PEAK_WITHIN = 2;
const WORKERS = 1;
/** The number of runs of each size, of which the median of each step's seconds counts. */
const ROUNDS = 5;
const QUANTITY_WITHIN = 0.02;
const SECONDS_WITHIN = 0.15;

/** The sizes by which `day-cost.ts` knows how many bytes the inputs of a day have. */
export const SMALLEST_FITTED: number = FITTED.m[0]![0];
export const LARGEST_FITTED: number = FITTED.m.at(-1)![0];

export async function cost(size: SizeName, jobs: readonly string[] = DAY_JOBS): Promise<Section> {
  const models: Record<string, JobModel> = {};
  const rows: Row[] = [];
  for (const job of jobs) {
    const usages = await usagesOf(job, [...FITTED[size], ...HELD[size]]);
    const folded: FoldedMeasurement[] = [];
    for (const actions of FOLDED[size]) folded.push(await foldedRun(await shopOf(actions), job));
    const model: JobModel = {
      ...fitModel(jobNamed(job), usages.slice(0, FITTED[size].length)),
      folded: folded.map(foldedPoint),
    };
    models[job] = model;
    const held: { used: RunUsage; predicted: Prediction }[] = [];
    for (const [index, [, shards]] of HELD[size].entries()) {
      const used = usages[FITTED[size].length + index]!;
      const settings = await parsedSettings(job);
      const circumstances = { shards, threads: WORKERS, earlierOutputs: 0 };
      held.push({ used, predicted: predict(jobNamed(job), model, settings, used.input, circumstances) });
    }
    rows.push(...rowsOf(job, held), ...(await foldedRows(job, model, HELD_FOLDED[size])));
  }
  if (size === 'm') addModels(COST_MODEL, models, DAY_JOBS);
  return {
    title: 'Predicted cost',
    text:
      'A prediction from the size of the input alone, against what the run used. The model was fitted to runs of ' +
      `other sizes (${FITTED[size].map(inWords).join(', ')}). Predicted sizes: ` +
      `${HELD[size].map(inWords).join(', ')}. Each row shows the worst of a job, with one worker; the seconds of ` +
      `a step are the median of ${ROUNDS} runs. A folded run is one process. Its model was fitted to runs of ` +
      `${FOLDED[size].map((actions) => inWords([actions])).join(', ')}, and its seconds are predicted by the steps of ` +
      'the other runs, with half a second for its start.',
    rows,
    contenders: [],
  };
}

const inWords = ([actions, shards]: Point): string =>
  `${actions / MILLION}M actions${shards === undefined ? '' : ` in ${shards} shards a step`}`;

/** Returns the settings of a job, for a prediction. Places are not read, so they are the same for every shop. */
export const parsedSettings = async (job: string): Promise<Readonly<Record<string, unknown>>> =>
  jobNamed(job).settings.parse(job === GROUPING ? { inputPathPattern: '-' } : await settingsOf({ folder: '-' }, job));

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
  const usage = usageIn(output);
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

/** Compares the predictions of folded runs with what their processes needed. */
async function foldedRows(name: string, model: JobModel, sizes: readonly number[]): Promise<Row[]> {
  const job = jobNamed(name);
  const pairs: { readonly used: FoldedMeasurement; readonly predicted: FoldedPrediction }[] = [];
  for (const actions of sizes) {
    const shop = await shopOf(actions);
    const used = await foldedRun(shop, name);
    const circumstances = { memoryMb: FOLD_MEMORY_MB, earlierOutputs: 0 };
    const settings = await parsedSettings(name);
    pairs.push({ used, predicted: predictFolded(job, model, settings, used.usage.input, circumstances) });
  }
  const note = (of: (pair: (typeof pairs)[number]) => readonly [number, number]): string =>
    pairs
      .map(of)
      .map(([predicted, used]) => `${rounded(predicted)} for ${rounded(used)}`)
      .join(', ');
  return [
    {
      what: `${name}, folded: seconds, predicted / used`,
      ratio: Math.max(...pairs.map(({ used, predicted }) => predicted.seconds / (START_SECONDS + used.seconds))),
      note: note(({ used, predicted }) => [predicted.seconds, START_SECONDS + used.seconds]),
    },
    {
      what: `${name}, folded: peak memory, used / predicted`,
      ratio: Math.max(...pairs.map(({ used, predicted }) => used.peakMemoryMb / predicted.peakMemoryMb)),
      target: { atMost: PEAK_WITHIN },
      note: note(({ used, predicted }) => [predicted.peakMemoryMb, used.peakMemoryMb]),
    },
  ];
}

const rounded = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
