/**
 * The growth of cost: every job runs on ten and (at sizes m and l) a hundred times the actions, and in 1 to 64 shards.
 *
 * A larger day has more users; the number of items and the actions of a user stay the same.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { defined } from '../../shared/defined.ts';
import { panelsSvg } from './growth-plot.ts';
import { exponentOf, type Footprint, footprintOf, type Point, worstGrowth } from './growth-points.ts';
import { liveGrowth } from './live-memory.ts';
import type { SizeName } from './matrix.ts';
import { inTurns, type Measurement, ROUNDS } from './measure.ts';
import { GROWTH_PLOT } from './places.ts';
import { type Contender, cpuRatio, isMeasured, type Row, type Section } from './section.ts';
import { DAY_JOBS, GROUPING, inputOf, runDayJob, shopLogs, shopOf } from './shop-jobs.ts';

const MILLION = 1_000_000;
const ACTIONS = {
  s: [MILLION / 10, MILLION],
  m: [MILLION / 10, MILLION, 10 * MILLION],
  l: [MILLION / 10, MILLION, 10 * MILLION, 30 * MILLION],
} as const satisfies Record<SizeName, readonly number[]>;
/** From this number of actions on, runs are so long that one round must do. */
const ONE_ROUND_FROM = 10 * MILLION;
const SHARDS = [1, 4, 16, 64] as const;
/** Ten times the actions in ten times the shards give shards of the same size. */
const EQUAL_SHARDS = { few: 4, many: 40 } as const;
const WORKERS = 2;

/** The largest allowed factor of the CPU seconds at ten times the actions. */
const CPU_AT_MOST = 11;
/** The largest allowed factor of the objects for each shard at sixteen times the shards. */
const OBJECTS_AT_MOST = 1.2;

/** The jobs that are measured on 30 million actions, because a large client needs them. */
const AT_30_MILLION: readonly string[] = [GROUPING, 'matrix-factorization'];

export async function growth(size: SizeName): Promise<Section> {
  const points: Point[] = [];
  for (const actions of ACTIONS[size]) {
    const rounds = actions >= ONE_ROUND_FROM ? 1 : ROUNDS;
    points.push(...(await measure(actions > ONE_ROUND_FROM ? AT_30_MILLION : DAY_JOBS, actions, undefined, rounds)));
  }
  for (const shards of SHARDS) points.push(...(await measure(DAY_JOBS, MILLION, shards, 1)));
  if (size !== 's') points.push(...(await measure(DAY_JOBS, 10 * MILLION, EQUAL_SHARDS.many, 1)));
  if (size !== 's') writeFileSync(GROWTH_PLOT, panelsSvg(DAY_JOBS.map((job) => panelOf(job, points))));
  const memoryRows: Row[] = [];
  for (const job of DAY_JOBS) memoryRows.push(await memoryRow(job, size === 's' ? MILLION : 10 * MILLION));
  return {
    title: 'Growth',
    text:
      `A shop’s day of ${ACTIONS[size].map(inWords).join(', ')} actions, twenty a user on 5,000 items. A million ` +
      `of them are cut into ${SHARDS.join(', ')} shards a step, and 10M into ${EQUAL_SHARDS.many}, which are as ` +
      `large as those of 1M in ${EQUAL_SHARDS.few}. Contenders are whole processes with ${WORKERS} workers, from ` +
      'gzip logs or plain actions. There is one round from 10M on, and for the shards. The exponent is the slope ' +
      'of log CPU over log actions by least squares; the fixed cost of a process lowers it. Live memory is the ' +
      'memory of a thread that is not garbage, measured in separate runs from plain files. The table shows the ' +
      'highest of all steps, of which about 15 MiB is code, and the steps that grow by more than the target.\n\n![CPU seconds by actions, a plot for each job](growth.svg)',
    rows: [...DAY_JOBS.map((job) => cpuRow(job, points)), objectsRow(points), ...memoryRows],
    contenders: DAY_JOBS.flatMap((job) => points.filter((point) => point.job === job).map(contenderOf)),
  };
}

/** Measures jobs in turns, with the size of the work area after the last round. */
async function measure(
  jobs: readonly string[],
  actions: number,
  shards: number | undefined,
  rounds: number,
): Promise<Point[]> {
  const shop = await shopOf(actions);
  const output = `${shop.folder}/growth`;
  const pool: Parameters<typeof runDayJob>[4] = defined({ workers: WORKERS, shards });
  const footprints = new Map<string, Footprint>();
  const run = async (job: string): Promise<Measurement> => {
    const measured = await runDayJob(shop, job, job === GROUPING ? 'gzip' : 'plain', output, pool);
    footprints.set(job, footprintOf(measured, output));
    rmSync(output, { recursive: true });
    return measured;
  };
  await shopLogs(shop, 'gzip');
  for (const job of jobs) if (job !== GROUPING) await inputOf(shop, job, 'plain');
  const outcomes = await inTurns<string>(Object.fromEntries(jobs.map((job) => [job, () => run(job)])), rounds);
  return jobs.map((job) => ({
    job,
    actions,
    shards,
    outcome: outcomes[job]!,
    footprint: footprints.get(job),
  }));
}

const find = (points: readonly Point[], job: string, actions: number, shards?: number): Point | undefined =>
  points.find((point) => point.job === job && point.actions === actions && point.shards === shards);

const planned = (points: readonly Point[], job: string): Point[] =>
  points.filter((point) => point.job === job && point.shards === undefined);

function cpuRow(job: string, points: readonly Point[]): Row {
  const exponent = exponentOf(planned(points, job)).toFixed(2);
  const row = { what: `${job}: CPU at 10M / at 1M`, target: { atMost: CPU_AT_MOST } };
  const [below, above] = [find(points, job, MILLION), find(points, job, 10 * MILLION)];
  if (below === undefined || above === undefined) return { ...row, ratio: undefined, note: `exponent ${exponent}` };
  const { ratio, note } = cpuRatio(above.outcome, below.outcome);
  return { ...row, ratio, note: `${note}, exponent ${exponent}` };
}

function objectsRow(points: readonly Point[]): Row {
  const objects = (job: string, shards: number): number | undefined => {
    const footprint = find(points, job, MILLION, shards)?.footprint;
    return footprint && footprint.objects / footprint.shards;
  };
  const jobs = DAY_JOBS.map((job) => ({ job, above: objects(job, 64), below: objects(job, 4) }));
  return worstGrowth('objects for each shard, in 64 / in 4, the worst job', OBJECTS_AT_MOST, jobs);
}

/** Compares live memory at equal sizes of shards. The files are plain, because a compressed file goes whole to one shard. */
function memoryRow(job: string, many: number): Promise<Row> {
  const watched = (actions: number, shards: number) => async (liveMemory: string) => {
    const shop = await shopOf(actions);
    const output = `${shop.folder}/growth`;
    await runDayJob(shop, job, 'plain', output, { workers: WORKERS, shards, liveMemory });
    rmSync(output, { recursive: true });
  };
  const few = many / 10;
  const sizes = `${inWords(many)} in ${EQUAL_SHARDS.many} shards / ${inWords(few)} in ${EQUAL_SHARDS.few}`;
  return liveGrowth(`${job}: a worker’s live memory, ${sizes}`, {
    first: watched(ACTIONS.s[0], EQUAL_SHARDS.few),
    below: watched(few, EQUAL_SHARDS.few),
    above: watched(many, EQUAL_SHARDS.many),
  });
}

function contenderOf({ job, actions, shards, outcome, footprint }: Point): Contender {
  const name = shards === undefined ? `${job}, ${inWords(actions)}` : `– ${inWords(actions)} in ${shards} a step`;
  if (footprint === undefined) return { name, outcome };
  const mib = (footprint.bytes / 2 ** 20).toFixed(0);
  return { name, outcome, note: `${footprint.shards} shards, ${footprint.objects} objects of ${mib} MiB` };
}

const panelOf = (job: string, points: readonly Point[]) => ({
  title: job,
  note: `exponent ${exponentOf(planned(points, job)).toFixed(2)}`,
  points: planned(points, job).flatMap(({ actions, outcome }) =>
    isMeasured(outcome) ? [{ x: actions, y: outcome.cpuSeconds }] : [],
  ),
});

const inWords = (actions: number): string => `${actions / MILLION}M`;
