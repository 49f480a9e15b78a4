/**
 * How cost grows: every job at ten times the actions, twice over, and at four times the shards, three times over.
 *
 * A shop's day grows by its users: items, and what a user does, stay as they are.
 */
import { rmSync, writeFileSync } from 'node:fs';
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
/** Large runs are long: one round. */
const ONE_ROUND_FROM = 10 * MILLION;
const SHARDS = [1, 4, 16, 64] as const;
/** Ten times the actions in ten times the shards, which are then as large. */
const EQUAL_SHARDS = { few: 4, many: 40 } as const;
const WORKERS = 2;

/** Ten times the actions: at most so many times the CPU. */
const CPU_AT_MOST = 11;
/** Sixteen times the shards: at most so many times the objects in the work area for each. */
const OBJECTS_AT_MOST = 1.2;

/** What a large client cannot do without. */
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

/** Some jobs in turns, and what the last round of each left behind. */
async function measure(
  jobs: readonly string[],
  actions: number,
  shards: number | undefined,
  rounds: number,
): Promise<Point[]> {
  const shop = await shopOf(actions);
  const output = `${shop.folder}/growth`;
  const pool = { workers: WORKERS, ...(shards !== undefined && { shards }) };
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

/** At equal shard size: from plain files, since a compressed one goes whole to one shard. */
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
