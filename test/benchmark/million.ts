/** All jobs on a million actions: in one process as `offline day` runs them, and each job in its own process. */
import { inTurns, type Measurement, type Outcome } from './measure.ts';
import { type MeasuredRun, runWholeDay, stepsText } from './offline.ts';
import { isMeasured, type Row, type Section } from './section.ts';
import { ACTIONS_A_USER, SHOP_ITEMS } from './shop.ts';
import { configureShop, DAY_JOBS, groupShop, inputOf, runShopJob, SHOP_JOBS, shopOf } from './shop-jobs.ts';

const ACTIONS = 1_000_000;
const WORKERS = { workers: 2 } as const;
const ONE_WORKER = { workers: 1 } as const;
const WALL_AT_MOST = 60;
const PEAK_MB_AT_MOST = 1_024;

export async function million(): Promise<Section> {
  const shop = await shopOf(ACTIONS);
  const configRoot = await configureShop(shop);
  for (const job of SHOP_JOBS) await inputOf(shop, job, 'plain');
  const whole = `${shop.folder}/day`;
  const steps = new Map<string, string>();
  const withSteps = async (name: string, run: Promise<MeasuredRun>): Promise<Measurement> => {
    const measured = await run;
    steps.set(name, stepsText(measured));
    return measured;
  };
  const alone = SHOP_JOBS.map((job): [string, () => Promise<Measurement>] => [
    job,
    () => withSteps(job, runShopJob(shop, job, 'plain', `${shop.folder}/models`, WORKERS)),
  ]);
  const outcomes = await inTurns<string>({
    group: () => withSteps('group', groupShop(shop, 'gzip', whole, WORKERS)),
    day: () => runWholeDay(configRoot, whole, WORKERS),
    slowGroup: () => groupShop(shop, 'gzip', whole, ONE_WORKER),
    slowDay: () => runWholeDay(configRoot, whole, ONE_WORKER),
    ...Object.fromEntries(alone),
  });
  const { group, day, slowGroup, slowDay } = outcomes as Record<'group' | 'day' | 'slowGroup' | 'slowDay', Outcome>;
  return {
    title: 'All jobs on a million actions',
    text:
      `A day of ${ACTIONS / ACTIONS_A_USER} users on ${SHOP_ITEMS} items, from raw logs as gzip to ` +
      `${DAY_JOBS.length} outputs. Each contender is a whole process, with 2 workers unless its name says another ` +
      `number. Grouping writes gzip; then \`offline day\` runs the other ${SHOP_JOBS.length} jobs. The lines ` +
      'below them show each of those jobs alone, from plain files, with the CPU seconds of its steps in the last ' +
      'round. Outside the steps are the start of the process and of its threads, and the work of the main thread.',
    rows: [
      limitRow('wall of both, s', 'seconds', 'sum', WALL_AT_MOST, [group, day]),
      limitRow('peak, MiB', 'peakMemoryMb', 'highest', PEAK_MB_AT_MOST, [group, day]),
      limitRow('wall of both with one worker, s', 'seconds', 'sum', undefined, [slowGroup, slowDay]),
    ],
    contenders: [
      { name: 'group-actions', outcome: group, note: steps.get('group') ?? '' },
      { name: 'offline day', outcome: day, note: `the other ${SHOP_JOBS.length}` },
      { name: 'group-actions, 1 worker', outcome: slowGroup },
      { name: 'offline day, 1 worker', outcome: slowDay },
      ...SHOP_JOBS.map((job) => ({ name: `– ${job}`, outcome: outcomes[job]!, note: steps.get(job) ?? '' })),
    ],
  };
}

function limitRow(
  what: string,
  figure: 'seconds' | 'peakMemoryMb',
  of: 'sum' | 'highest',
  atMost: number | undefined,
  outcomes: readonly Outcome[],
): Row {
  const failed = outcomes.find((outcome) => !isMeasured(outcome));
  const limit = atMost !== undefined && { target: { atMost } };
  if (failed !== undefined && 'failed' in failed)
    return { what, ratio: undefined, ...limit, note: `not measured: ${failed.failed}` };
  const values = outcomes.filter(isMeasured).map((outcome) => outcome[figure]);
  const ratio = of === 'sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
  const note = values.map((value) => value.toFixed(1)).join(of === 'sum' ? ' + ' : ', ');
  return { what, ratio, ...limit, note, decimals: 1 };
}
